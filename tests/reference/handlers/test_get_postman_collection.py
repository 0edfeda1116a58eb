"""GET /postman.json: this API as a collection for Postman, Bruno and Insomnia."""

import json

from api_reference.postman import postman_json
from paysandbox.reference.routes import GET_POSTMAN_COLLECTION
from tests.support.clients.call import send


def test_collection_is_that_of_the_routes() -> None:
    reply = send(GET_POSTMAN_COLLECTION)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert reply.json == json.loads(postman_json())


def test_collection_is_public_and_revalidated() -> None:
    assert send(GET_POSTMAN_COLLECTION).headers["Cache-Control"] == "no-store"
    assert send(GET_POSTMAN_COLLECTION).headers["Access-Control-Allow-Origin"] == "*"
