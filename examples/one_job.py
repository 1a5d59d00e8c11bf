"""A job from beginning to end: python examples/one_job.py FILM FOLDER

Spots a film, edits its sheet, makes its sound, looks at it in the page, makes a cue anew, picks a take, and hands all
over. Each step is a command of `mmhnet`, which is printed before it runs. Reports name no folder above their own:
as the film lies elsewhere, `--film` says where.
"""

import csv
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from mmhnet_cli.cli.app import main as command


def main(film: str, folder: str) -> None:
    """Do the job; everything lies in `folder` then."""
    work = Path(folder)
    work.mkdir(parents=True, exist_ok=True)
    sheet, report = work / "cues.csv", work / f"{Path(film).stem}_mmhnet.json"

    # Spot: shots, what is seen in each, and when something hits.
    mmhnet("spot", film, "-o", sheet)

    # Edit: in a spreadsheet, else so. The first cue gets a name and words of its own.
    cue = edit(sheet, name="opening", prompt="rain on a tin roof")

    # Generate: two takes, a file for each track and the mix, and one for each cue.
    mmhnet("generate", film, "--cues", sheet, "--cue-files", "--takes", 2, "-d", work)

    # Audition: listen, compare, mark. Here a browser without a window takes a picture of the page.
    look(work, film, work / "page.png")

    # Redo: the first cue with other words; every sample away from it stays as it was.
    stretch = ["--track", cue["track"], "--from", cue["start"], "--to", cue["end"]]
    mmhnet("redo", report, *stretch, "-p", "wind in the trees", "--film", film)

    # Review: the first second as a film, with its timecode in the picture.
    mmhnet("generate", film, "-p", "wind in the trees", "--end", "1", "--burn-in", "-o", work / "shot.mov")

    # Pick: the second take gets the names without a number.
    mmhnet("pick", report, 2)

    # Export: a session, one WAV file with all tracks, the film with all tracks.
    mmhnet("export", report, "--to", "reaper", "--film", film)
    mmhnet("export", report, "--to", "poly", "--take", 2, "--film", film)
    mmhnet("export", report, "--to", "mov", "--take", 2, "--film", film)


def mmhnet(*arguments: object) -> None:
    """Run a command as the shell would; the end of this script where it fails."""
    words = [str(argument) for argument in arguments]
    print("$ mmhnet", shlex.join(words), flush=True)
    if code := command(words):
        sys.exit(code)


def edit(sheet: Path, **cells: str) -> dict[str, str]:
    """Change cells of the first row of a sheet, and return the row."""
    with sheet.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= cells
    with sheet.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return rows[0]


def look(folder: Path, film: str, picture: Path) -> None:
    """Open the page of a folder in a browser without a window, and keep what is seen there."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        browser = None
    if browser is None:
        print("There is no playwright or no Chromium here; `mmhnet audition` opens the page in any browser.")
        return
    run = [sys.executable, "-m", "mmhnet_cli", "audition", str(folder), "--no-browser", "--film", film]
    print("$ mmhnet", shlex.join(run[3:]), flush=True)
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True) as page, sync_playwright() as play:
        try:
            assert page.stdout is not None
            address = page.stdout.readline().strip()
            tab = play.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page()
            tab.goto(address)
            tab.wait_for_selector(".lane[data-drawn]", timeout=60_000)
            for _ in range(100):
                if tab.evaluate("document.querySelector('video').readyState >= 2"):
                    break
                tab.wait_for_timeout(50)
            tab.screenshot(path=picture)
            print(picture)
        finally:
            page.terminate()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
