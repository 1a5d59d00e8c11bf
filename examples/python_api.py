"""Sound for a film from Python: python examples/python_api.py FILM OUTPUT.wav [PROMPT]"""

import sys
from pathlib import Path

from mmhnet_cli.pipeline.asking.prepare import prepare
from mmhnet_cli.pipeline.generate import generate
from mmhnet_cli.pipeline.making.load import load_model
from mmhnet_cli.pipeline.request import GenerateRequest


def main(film: str, output: str, prompt: str = "") -> None:
    # Checks the film, the model and the output; raises all problems at once, before anything heavy is loaded.
    job = prepare(GenerateRequest(film=Path(film), prompt=prompt, outputs=(Path(output),)))
    # One loaded model serves any number of jobs.
    model = load_model(job.model)
    result = generate(job, model, progress=lambda stage, done, total: print(f"{stage}: {done}/{total}"))
    [take] = result.report["takes"]
    print("seeds", take["seeds"], "gain", take["loudness"]["gain"]["db"], "dB")
    for path in result.files:
        print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
