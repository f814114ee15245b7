"""Every store of `shared.ports` that lives in the one DynamoDB table; `table` holds the keys."""
