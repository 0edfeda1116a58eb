"""Internals of the pinned engine that the launcher depends on, so that an upgrade shows the breakage."""

import subprocess

import pytest

from cli.deploy.installation import ROOT, installation
from cli.sandbox.engine import UNREADABLE

PROBE = """
import inspect
import sys

import ministack.app as engine
from ministack.core import iam_actions, persistence
from ministack.services import dynamodb, lambda_svc, sqs

asked = iam_actions.extract_iam_action("sqs", "POST", "/", {"x-amz-target": "AmazonSQS.SendMessageBatch"}, b"", {})
assert asked == "sqs:SendMessageBatch", asked
assert "extract_iam_action(service, method" in inspect.getsource(engine), "it no longer asks by this name"
assert "/health" in engine._HEALTH_PATHS, "it no longer answers /health itself"
assert engine.save_all is persistence.save_all, "it no longer saves through this name"
assert "save_all(_build_persistence_save_dict())" in inspect.getsource(engine._handle_lifespan)
assert 'os.path.join(STATE_DIR, f"{service}.json")' in inspect.getsource(persistence.save_state)
assert {"_stream_records", "_stream_trimmed"} <= vars(dynamodb).keys()
assert not {name for name in dynamodb.get_state() if "stream" in name} - {"kinesis_destinations"}, "it saves streams"
assert "dynamodb_stream_positions" in lambda_svc.get_state(), "it no longer saves positions by this name"
assert engine._get_module("dynamodb") is dynamodb and engine._get_module("lambda_svc") is lambda_svc
assert engine._get_module("sqs") is sqs and hasattr(sqs._queues, "_data") and "queues" in sqs.get_state()
of_queues = {"visible_at", "receipt_handle", "receive_count", "messages", "QueueArn"}
assert of_queues <= set(inspect.getsource(sqs).split('"'))
assert "EventSourceArn" in inspect.getsource(lambda_svc), "its event sources have it by another name"
for receive in (sqs._act_receive_message, sqs._receive_messages_for_esm):
    assert "_collect_msgs(q, max_n, vis)" in inspect.getsource(receive), "it receives through another name"
assert list(inspect.signature(sqs._collect_fifo).parameters) == ["q", "max_n", "vis_timeout", "now"]
assert "group_id" not in inspect.getsource(sqs._collect_msgs), "its standard queues are fair by themselves"
assert '"group_id": group_id' in inspect.getsource(sqs._act_send_message), "it stores the group by another name"
assert engine._resolve_custom_domain_request("127.0.0.1", "/payments") is None, "no API is deployed here"
resolved_by = inspect.getsource(engine._handle_execute_api_request) + inspect.getsource(engine._handle_pre_body_request)
assert resolved_by.count("_resolve_custom_domain_request(host, path)") == 2, "it no longer asks by this name"
from ministack.core import lambda_runtime, sigv4
from ministack.services import apigateway_v1, cloudwatch_logs, cognito, sts
from ministack.services.cloudformation import custom_resource
assert lambda_svc.execution_credentials is lambda_runtime.execution_credentials, "functions get keys in another way"
for module in (lambda_runtime, lambda_svc):
    assert "execution_credentials(" in inspect.getsource(module)
assert sts._sessions == {}
assert {"SecretAccessKey", "SessionToken", "Expiration"} <= set(inspect.getsource(sts).split('"'))
assert sts.get_state() == {}, "it saves sessions, those of an engine without the wall among them"
from ministack.services import ses, ses_v2
assert ses._sent_emails._data == {}, "it keeps sent e-mails by another name"
kept = set(inspect.getsource(ses_v2).split('"'))
assert {"MessageId", "To", "Subject", "BodyText", "BodyHtml", "Timestamp"} <= kept, "it keeps e-mails in another form"
sys.path.insert(0, sys.argv.pop(1))
from engine.workers.pipes import flushing
compile(flushing(lambda_runtime._PYTHON_WORKER_SCRIPT), "worker", "exec")
invoked = inspect.signature(lambda_runtime.Worker.invoke).parameters
assert [*invoked] == [
    "self", "event", "request_id", "trace_id", "depth", "durable", "invoked_function_arn",
], "it passes other facts to its workers"
context = inspect.getsource(lambda_runtime.Worker.invoke)
assert [word for word in invoked if f'"{word}":' not in context] == ["self"], "its envelope is another"
assert '"timeout_ms": int(float(timeout) * 1000)' in context
assert "_reserved_concurrency" in vars(lambda_svc) and lambda_svc._RIE_TIMEOUT_TEXT_RE.fullmatch(
    "Task timed out after 15.00 seconds"
)
assert list(inspect.signature(lambda_svc._emit_lambda_logs).parameters) == [
    "func", "request_id", "log_text", "error", "duration_ms", "log_source",
]
emitted = inspect.getsource(lambda_svc._emit_lambda_logs)
for name in ("_log_groups", "_make_group_arn(", "_append_log_events(", "_fanout_to_subscription_filters("):
    assert f"_cwl.{name}" in emitted, "it stores lines in another way"
for name in ("events", "uploadSequenceToken", "creationTime", "firstEventTimestamp", "lastEventTimestamp"):
    assert f'"{name}":' in emitted, "its streams have another form"
assert "with _log_events_lock:" in inspect.getsource(cloudwatch_logs._append_log_events)
assert '_evaluate_condition(key_cond, it, eav, ean, slot="KeyConditionExpression")' in inspect.getsource(
    dynamodb._query
), "it reads key conditions in another way"
for invoking in (apigateway_v1._call_lambda_raw, apigateway_v1._invoke_authorizer_lambda):
    assert "run_reentrant(" in inspect.getsource(invoking), "it invokes functions through another name"
    assert "lambda_svc._execute_function_with_config_scope, exec_record, event" in inspect.getsource(invoking)
assert "_LAMBDA_LAYERS_DIRS" not in lambda_runtime._RESERVED_RUNTIME_ENV_VARS
assert "_LAMBDA_LAYERS_DIRS" in lambda_runtime._PYTHON_WORKER_SCRIPT
leased = inspect.signature(lambda_runtime.acquire_worker).parameters
assert list(leased) == ["func_name", "config", "code_zip", "qualifier", "max_concurrency"], leased
for name in (
    "acquire_worker(func_name, config, code_zip, qualifier=qualifier)", "release_worker(worker)", "reap_idle_workers()",
    "_cwl._fanout_to_subscription_filters(", "threading.Thread(target=_poll_loop, daemon=True)",
):
    assert name in inspect.getsource(lambda_svc), name
read = inspect.getsource(lambda_svc._poll_loop)
assert [name for name in ("sqs", "kinesis", "dynamodb_streams") if f"_poll_{name}()" in read], "it reads other sources"
assert read.count("_poll_") == 4 and "_esm_wake.wait(" in read, "it looks into its sources in another way"
for poll in (lambda_svc._poll_sqs, lambda_svc._poll_dynamodb_streams):
    assert "in _iter_all_esms():" in inspect.getsource(poll)
assert list(inspect.signature(lambda_svc._dispatch_esm_batch).parameters) == ["esm_id", "fn", "args"]
assert list(inspect.signature(lambda_svc._run_sqs_batch).parameters)[3] == "batch", "its batches have another place"
assert "_dispatch_esm_batch(" in inspect.getsource(lambda_svc._poll_sqs), "it handles batches in another way"
assert lambda_svc._esm_inflight == {} and "_dynamodb_stream_positions" in vars(lambda_svc)
assert "asyncio.run(hypercorn_serve(app, config))" in inspect.getsource(engine.main), "it serves in another way"
assert "_fanout_to_subscription_filters(group, stream, events)" in inspect.getsource(cloudwatch_logs)
assert "lambda_svc.lambda_execute_result_to_api_proxy_response(" in inspect.getsource(apigateway_v1)
assert "from hypercorn.asyncio import serve as hypercorn_serve" in inspect.getsource(engine.main)
executed = inspect.getsource(apigateway_v1._execute_in_scope)
assert "await _authorize_request_v1(" in executed
assert "_match_resource_tree(api_id, segments)" in executed, "it finds resources in another way"
mapped = inspect.getsource(engine._resolve_custom_domain_request)
assert "apigw_v1.resolve_base_path_mapping(hostname, path)" in mapped, "it resolves domains in another way"
assert "lambda_svc._get_func_record_for_ref_in_scope(" in inspect.getsource(apigateway_v1._call_lambda_raw)
direct = inspect.getsource(engine._handle_execute_api_request)
direct += inspect.getsource(engine._handle_special_data_plane_request)
assert "apigw_v1.handle_execute(api_id, stage, method, execute_path, headers, body, query_params)" in direct
assert "_with_data_plane_headers(response, request_id, wildcard_cors=False)" in direct, "it answers in another way"
assert "await mod.handle_request(method, path, headers, body, query_params)" in inspect.getsource(engine._lazy_handler)
from ministack.services.cloudformation import provisioners
for handling in ("provision", "update", "delete"):
    changed = inspect.getsource(getattr(provisioners, f"_{handling}_resource"))
    assert "_RESOURCE_HANDLERS.get(resource_type)" in changed, "its stacks change resources in another way"
assert "return _gateway_error_response(" in inspect.getsource(apigateway_v1._handle_execute_in_scope)
assert "_check_api_key(method_obj, api_id, stage_name, headers)" in executed
checked = inspect.getsource(apigateway_v1._check_api_key)
assert "_resolve_api_key(_api_key_from_request(headers))" in checked
assert '_usage_plans_for_key(key["id"], api_id, stage_name)' in checked
throttled = inspect.getsource(apigateway_v1._check_throttle)
assert 'for plan_id, plan, entry in _usage_plans_for_key(key["id"], api_id, stage_name)' in throttled
assert "in list(_usage_plans.all_items())" in inspect.getsource(apigateway_v1._usage_plans_for_key)
authorized = inspect.getsource(apigateway_v1._authorize_request_v1)
assert "await _invoke_authorizer_lambda(" in authorized and '_stringify_context(policy.get("context"))' in authorized
assert "cached = (policy_doc, auth_ctx)" in authorized, "it no longer caches the context with the policy"
assert cognito._get_pool_unscoped("us-east-1_x") is None
assert "_pending[token]" in inspect.getsource(custom_resource.register_token)
assert list(inspect.signature(sigv4.header_signature_failure).parameters)[:7] == [
    "signature", "secret", "method", "raw_path", "query_params", "headers", "body",
]
assert 'os.environ.get("BIND_HOST"' in inspect.getsource(engine.main)
said = inspect.getsource(engine._load_persisted_state) + inspect.getsource(persistence.load_state)
for words in sys.argv[1:]:
    assert words in said, words
"""


@pytest.mark.full
def test_patched_engine_functions_exist():
    done = subprocess.run(
        [installation().engine_python, "-I", "-c", PROBE, ROOT, *UNREADABLE],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
