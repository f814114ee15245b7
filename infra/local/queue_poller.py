"""Lambda's event source mappings for SQS: receive, call the function, delete what it did not report."""

import base64
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.environments import FunctionFailed, FunctionRunner, FunctionTimedOut
from infra.local.intrinsics import REGION, Resolver
from infra.local.template import Event, TemplateError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# Short, because stopping waits for it; on loopback an empty answer costs next to nothing.
_LONG_POLL_SECONDS = 1
_RETRY_SECONDS = 1.0
# Two cores do not work faster with Lambda's fifty.
_MAX_THREADS = 2
_UNSUPPORTED = ("FilterCriteria", "KmsKeyArn", "ProvisionedPollerConfig")


class _BatchFailed(Exception):
    """The report of failures names no message of the batch, so none counts as done."""


@dataclass(frozen=True, slots=True)
class QueueSource:
    """One `SQS` event of a function."""

    queue_arn: str
    batch_size: int
    threads: int
    reports_failures: bool

    @classmethod
    def of(cls, event: Event, resolver: Resolver) -> "QueueSource | None":
        """Read the event; None when it is disabled."""
        properties = resolver.resolve(dict(event.properties))
        unsupported = [name for name in _UNSUPPORTED if name in properties]
        if unsupported:
            raise TemplateError(f"event {event.name}: the local stack does not know {', '.join(unsupported)}")
        if properties.get("Enabled") is False:
            return None
        concurrency = (properties.get("ScalingConfig") or {}).get("MaximumConcurrency", _MAX_THREADS)
        return cls(
            queue_arn=properties["Queue"],
            batch_size=int(properties.get("BatchSize", 10)),
            threads=min(int(concurrency), _MAX_THREADS),
            reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ()),
        )


class QueuePoller:
    """Feeds one function from one queue until it is stopped."""

    def __init__(self, source: QueueSource, runner: FunctionRunner, sqs: "SQSClient") -> None:
        self._source = source
        self._runner = runner
        self._sqs = sqs
        self._queue_url = sqs.get_queue_url(QueueName=source.queue_arn.rpartition(":")[2])["QueueUrl"]
        self._stopping = threading.Event()

    def start(self) -> None:
        for number in range(self._source.threads):
            name = f"{self._runner.function.name}-queue-{number}"
            threading.Thread(target=self._poll, name=name, daemon=True).start()

    def stop(self) -> None:
        """Take no more messages; what is being worked on comes back after its visibility timeout."""
        self._stopping.set()

    def _poll(self) -> None:
        while not self._stopping.is_set():
            try:
                self._poll_once()
            except (BotoCoreError, ClientError) as error:
                if not self._stopping.is_set():
                    self._report(f"queue {self._source.queue_arn}: {error}")
                    self._stopping.wait(_RETRY_SECONDS)

    def _poll_once(self) -> None:
        messages = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=min(self._source.batch_size, 10),
            WaitTimeSeconds=_LONG_POLL_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not messages or self._stopping.is_set():
            return
        done = self._work(messages)
        if done:
            self._sqs.delete_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(done)
                ],
            )

    def _work(self, messages: Sequence["MessageTypeDef"]) -> Sequence["MessageTypeDef"]:
        """Call the function; return the messages that are done with."""
        event = {"Records": [record_of(message, self._source.queue_arn) for message in messages]}
        try:
            result = self._runner.invoke(event)
            if not self._source.reports_failures:
                return messages
            failed = _failed_ids(result, [message["MessageId"] for message in messages])
        except FunctionFailed as failure:
            if not self._stopping.is_set():
                self._report(failure.trace or str(failure))
            return []
        except (FunctionTimedOut, _BatchFailed) as error:
            self._report(str(error))
            return []
        return [message for message in messages if message["MessageId"] not in failed]

    def _report(self, what: str) -> None:
        print(f"{self._runner.function.name}: {what}", file=sys.stderr, flush=True)


def record_of(message: "MessageTypeDef", queue_arn: str) -> dict[str, Any]:
    """One message as a record of the event that Lambda makes of it."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _message_attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def _message_attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return attribute


def _failed_ids(result: Any, message_ids: Sequence[str]) -> set[str]:
    """Message ids the function wants back; raise _BatchFailed for a report Lambda would not believe."""
    failures = result.get("batchItemFailures") if isinstance(result, dict) else None
    if not failures:
        return set()
    try:
        failed = {failure["itemIdentifier"] for failure in failures}
    except (KeyError, TypeError):
        raise _BatchFailed("batchItemFailures has an entry without itemIdentifier") from None
    unknown = failed - set(message_ids)
    if unknown:
        raise _BatchFailed(
            f"batchItemFailures names a message that is not of the batch: {sorted(map(str, unknown))}"
        )
    return failed
