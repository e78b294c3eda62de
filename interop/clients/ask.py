"""Asks by the vendor's Python client. Usage: ask.py BASE_URL or ask.py "" (its own). Questions on stdin as JSON, answers on stdout."""

import datetime
import json
import sys

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

NAMES = {
    "VerifyServiceSid": "verify_service_sid", "DateCreatedAfter": "date_created_after", "Country": "country",
    "DateCreatedBefore": "date_created_before", "Channel": "channel", "DestinationPrefix": "destination_prefix",
}
base, account, token = sys.argv[1:]


def one(question):
    client = Client(question.get("account", account), token)
    if base:
        client.verify.base_url = base
    filters = {NAMES[name]: value for name, value in question["filters"].items()}
    for name in ["date_created_after", "date_created_before"]:
        if name in filters:
            filters[name] = datetime.datetime.fromisoformat(filters[name].removesuffix("Z"))
    try:
        if question["what"] == "list":
            found = client.verify.v2.verification_attempts.list(page_size=1000, **filters)
            return {"sids": [attempt.sid for attempt in found]}
        if question["what"] == "other":
            return vars(client.verify.v2.services("VA" + "0" * 32).fetch())
        found = client.verify.v2.verification_attempts_summary().fetch(**filters)
        names = ["total_attempts", "total_converted", "total_unconverted", "conversion_rate_percentage", "url"]
        return {name: getattr(found, name) for name in names}
    except TwilioRestException as error:
        return {"status": error.status, "code": error.code}


json.dump([one(question) for question in json.load(sys.stdin)], sys.stdout)
