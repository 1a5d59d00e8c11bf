"""`mmhnet train push`: a model folder goes to the Hugging Face Hub."""

from mmhnet_cli.cli._ask import sure
from mmhnet_cli.cli._session import Session
from mmhnet_cli.cli._train_options import ModelArgument, PublicOption, RepositoryArgument, YesOption
from mmhnet_cli.errors import BadOption

HELP = """Put a model into a repository of the Hugging Face Hub, with its card.

The repository is made, and private unless --public is given; where it is there, its files are replaced in a new commit.
Only what makes the model and its card README.md go there. Log in with `hf auth login`, or give a token by HF_TOKEN.
"""


def push(
    session: Session,
    folder: ModelArgument,
    repository: RepositoryArgument,
    public: PublicOption = False,
    yes: YesOption = False,
) -> None:
    """Upload a model, once that is agreed to, and print where it is."""
    from mmhnet_cli.models.upload import plan_upload, upload

    plan = plan_upload(folder, repository)
    if plan.public and not public:
        raise BadOption("REPO", repository, "a private repository; it is public: give --public if that is meant")
    seen = "everyone can see it" if plan.public or (public and plan.public is None) else "private"
    state = "a new repository" if plan.public is None else "a repository that is there"
    what = f"{', '.join(plan.files)}; {plan.size / 1e6:.1f} MB"
    session.output.note(f"{folder} goes to {repository}, {state}, {seen}: {what}.")
    if plan.replaced:
        session.output.note(f"A new commit replaces {', '.join(plan.replaced)}.")
    if not (yes or sure(session, "Upload?", "Nothing was uploaded.")):
        return
    address = upload(plan, public)
    record = {"type": "pushed", "path": str(folder), "repository": repository, "commit": address}
    session.output.result(address, {**record, "public": bool(plan.public or (public and plan.public is None))})
