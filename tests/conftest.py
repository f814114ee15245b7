"""What every test gets: AWS settings that reach no account, and no proxy between it and loopback."""

import os

from hypothesis import settings

# How long an example takes tells of the machine, not of the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Set before any test module is imported: boto3 reads them when a client is made, also at import.
os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    NO_PROXY="127.0.0.1,localhost",
)
for _name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "no_proxy"):
    os.environ.pop(_name, None)
