"""The product on a local stack: which template, which parameters, which Zoho."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.environments import ROOT
from infra.local.stack import CLIENT_ID, LocalStack, StackError
from infra.local.template import Template
from infra.local.zoho import Simulator, Zoho, of_environment

_SECRET_NAME = "contact-sync/zoho-client"  # noqa: S105 - the secret's name


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line decides."""

    folder: Path
    port: int
    real_zoho: bool
    customers: int
    fresh: bool
    auto_accept: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A stack that answers requests."""

    origin: str
    zoho_url: str | None
    simulator_url: str | None
    check: Callable[[], None]


@contextmanager
def running(options: Options, say: Callable[[str], None]) -> Iterator[Running]:
    """Start the product, end it with the block; raises what LocalStack.start and of_environment raise."""
    zoho = of_environment(real=options.real_zoho)
    template = Template.load(ROOT / "template.yaml")
    with LocalStack(options.folder, template=template, port=options.port, fresh=options.fresh) as stack:
        simulator = None
        try:
            if zoho is None:
                say(f"starting the Zoho simulator with {options.customers} customers")
                simulator = Simulator(
                    options.folder, customers=options.customers, auto_accept=options.auto_accept
                )
                zoho = simulator.start()
            say("starting the data services and the functions")
            _start(stack, zoho)

            def check() -> None:
                stack.check()
                if simulator is not None and not simulator.is_running():
                    raise StackError(f"the Zoho simulator ended by itself, see {options.folder / 'logs'}")

            yield Running(
                origin=stack.origin,
                zoho_url=zoho.urls.get("ZOHO_ACCOUNTS_URL"),
                simulator_url=simulator.url if simulator else None,
                check=check,
            )
        finally:
            if simulator is not None:
                simulator.stop()


def _start(stack: LocalStack, zoho: Zoho) -> None:
    stack.start(
        parameters={
            "OidcIssuer": stack.origin,
            "OidcAudience": CLIENT_ID,
            "ConsoleUrl": stack.origin,
            "ZohoClientSecretName": _SECRET_NAME,
        },
        variables={"ENVIRONMENT": "local", **zoho.urls},
        secrets={
            _SECRET_NAME: json.dumps({"client_id": zoho.client_id, "client_secret": zoho.client_secret}),
        },
    )
