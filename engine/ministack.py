"""ministack, whose modules the engine changes while it runs: the only place that imports it and names what is private.

The pinned version has every name (requirements/engine.txt). With another one, the engine does not start, and says which
are missing. Outside of this module, a private name is written without its underscore: `_tables` of `dynamodb` is
`ministack.dynamodb.tables`. How ministack uses them is in tests/engine/test_version.py.
"""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Any, Final

MODULES: Final[Mapping[str, str]] = {
    "app": "ministack.app",
    "apigateway_v1": "ministack.services.apigateway_v1",
    "cloudformation": "ministack.services.cloudformation",
    "cloudwatch_logs": "ministack.services.cloudwatch_logs",
    "cognito": "ministack.services.cognito",
    "custom_resource": "ministack.services.cloudformation.custom_resource",
    "dynamodb": "ministack.services.dynamodb",
    "iam_actions": "ministack.core.iam_actions",
    "lambda_runtime": "ministack.core.lambda_runtime",
    "lambda_svc": "ministack.services.lambda_svc",
    "persistence": "ministack.core.persistence",
    "provisioners": "ministack.services.cloudformation.provisioners",
    "responses": "ministack.core.responses",
    "router": "ministack.core.router",
    "ses": "ministack.services.ses",
    "sigv4": "ministack.core.sigv4",
    "sqs": "ministack.services.sqs",
    "stepfunctions": "ministack.services.stepfunctions",
    "sts": "ministack.services.sts",
}
"""Its modules by the names that they have here."""

OF_STATE: Final = frozenset({"cloudformation", "cognito", "custom_resource", "provisioners"})
"""Those that import S3 and Cognito, which read the objects and the signing key of the home when they are imported."""

PRIVATE: Final[Mapping[str, str]] = {
    "app": "_HEALTH_PATHS _build_persistence_save_dict _get_module _get_reset_lock _load_persisted_state "
    "_dispatch_service_request _loaded_modules _request_account_scope _resolve_custom_domain_request _send_response "
    "_state_map _with_data_plane_headers _with_date_header",
    "apigateway_v1": "_api_key_from_request _authorize_request_v1 _base_path_mappings _build_lambda_event_v1 "
    "_gateway_error_response _import_operation _invoke_authorizer_lambda _invoke_mock_v1 _match_resource_tree "
    "_put_integration _put_integration_response _resolve_api_key _resources _usage_plans _usage_plans_for_key",
    "cloudformation": "_stacks",
    "cloudwatch_logs": "_append_log_events _fanout_to_subscription_filters _log_events_lock _log_groups "
    "_make_group_arn _subscription_pattern_matches",
    "cognito": "_get_pool_unscoped",
    "custom_resource": "_pending",
    "dynamodb": "_INDEX_MEMBERS _batch_get_item _batch_write_item _delete_item _emit_stream_event _evaluate_condition "
    "_get_item _index_key_schemas _index_members _lock _normalize_table_name _put_item _query _remove_item _scan "
    "_set_item _stream_records _stream_seq_lock _stream_trimmed _tables _transact_write_items _ttl_settings "
    "_txn_token_lookup _update_item _update_ttl",
    "lambda_runtime": "_PYTHON_WORKER_SCRIPT _REAP_GRACE _collect _lambda_function_account_region_from_arn _lock "
    "_signal _worker_class_for _worker_key _workers",
    "lambda_svc": "_RIE_TIMEOUT_TEXT_RE _acquire_execution_slot _dispatch_esm_batch _dynamodb_stream_positions "
    "_dynamodb_stream_positions_lock _emit_lambda_logs _esm_inflight _esm_inflight_lock _esm_wake _esms "
    "_execute_function_with_config_scope _externalize_code_zip _functions _get_func_record_for_ref_in_scope "
    "_invoke_depth _iter_all_esms _layers _lambda_function_account_region_from_arn "
    "_poll_dynamodb_streams _poll_kinesis _poll_loop _poll_sqs _probe_peak_memory_mb _prune_orphan_code_blobs "
    "_release_execution_slot _resolve_layer_zip _run_with_function_config_scope _schedule_state_transition "
    "_update_config _xray_trace_id_for_invocation",
    "persistence": "_json_default _json_object_hook _state_format_version",
    "provisioners": "_RESOURCE_HANDLERS",
    "responses": "_service_model",
    "router": "_is_aws_service_name",
    "ses": "_sent_emails",
    "sqs": "_collect_fifo _collect_msgs _ensure_msg_fields _queues _queues_lock",
    "stepfunctions": "_executions",
    "sts": "_sessions",
}
"""The private names of each module."""

OF_WORKERS: Final = ("_cold", "_lock", "_proc", "_read_stderr", "_spawn", "_start_time")
"""The private names of its class of workers, and of each worker."""

OF_SCOPED: Final = "_data"
"""The private name of the contents of its dictionaries, which otherwise show those of one account and Region."""


class MissingNamesError(Exception):
    """The installed version of ministack lacks names that the engine depends on."""


class View:
    """An object of ministack with these private names, which are read and changed here without their underscore.

    Its public attributes are as they are, and there are no others.
    """

    __slots__ = ("_of", "_private")

    _of: Any
    _private: Mapping[str, str]

    def __init__(self, of: Any, private: Mapping[str, str]) -> None:
        object.__setattr__(self, "_of", of)
        object.__setattr__(self, "_private", private)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of, self._name(name))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._of, self._name(name), value)

    def _name(self, name: str) -> str:
        private = self._private.get(name)
        if private is None and name.startswith("_"):
            raise AttributeError(f"{name} is private: only the names in {__name__} are reached, without underscore.")
        return private or name


def view(name: str, of: Any) -> View:
    """Return a view of the module of this name here."""
    return View(of, _VIEWED[name])


def worker(of: Any) -> View:
    """Return a view of a worker, or of the class of workers."""
    return View(of, _VIEWED_OF_WORKERS)


def scoped(of: Any) -> dict[Any, Any]:
    """Return the contents of a dictionary of ministack, of all accounts and Regions, whose names are in the keys."""
    contents: dict[Any, Any] = getattr(of, OF_SCOPED)
    return contents


class Ministack:
    """Its modules by their names here, as views."""

    def __init__(self, modules: Mapping[str, Any]) -> None:
        self._views = {name: view(name, module) for name, module in modules.items()}

    def __getattr__(self, name: str) -> View:
        try:
            return self._views[name]
        except KeyError:
            raise AttributeError(name) from None


def import_stateless() -> None:
    """Import the modules that read nothing of the home, so that `load` has fewer to import. None may be missing yet."""
    for name, path in MODULES.items():
        if name not in OF_STATE:
            importlib.import_module(path)


def load() -> Ministack:
    """Import ministack, which reads its settings from the environment. Raises MissingNamesError."""
    modules = {name: importlib.import_module(path) for name, path in MODULES.items()}
    missing = sorted(missing_names(modules))
    if missing:
        raise MissingNamesError(f"ministack {version('ministack')} lacks {', '.join(missing)}.")
    return Ministack(modules)


def missing_names(modules: Mapping[str, Any]) -> Iterator[str]:
    """Yield the private names that these modules lack, each with its module."""
    for name, private in PRIVATE.items():
        yield from (f"{MODULES[name]}.{each}" for each in private.split() if not hasattr(modules[name], each))
    workers = modules["lambda_runtime"].Worker
    # What every worker has is set when it is made.
    known = {*vars(workers), *workers.__init__.__code__.co_names}
    yield from (f"{MODULES['lambda_runtime']}.Worker.{each}" for each in OF_WORKERS if each not in known)
    dictionary = modules["responses"].AccountRegionScopedDict
    if not hasattr(dictionary(), OF_SCOPED):
        yield f"{MODULES['responses']}.AccountRegionScopedDict.{OF_SCOPED}"


def _without_underscore(names: Iterable[str]) -> dict[str, str]:
    return {name.removeprefix("_"): name for name in names}


_VIEWED: Final = {name: _without_underscore(PRIVATE.get(name, "").split()) for name in MODULES}
_VIEWED_OF_WORKERS: Final = _without_underscore(OF_WORKERS)
