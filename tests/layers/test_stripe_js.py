"""The scripts that layers/stripe_js.py builds from the modules of stripe_js/."""

import re
from pathlib import Path

import pytest

from layers import stripe_js
from layers.stripe_js import PAGES, ModuleFormError, script, stripe_js_files, trains, trains_of
from paysandbox.reference.routes import GET_STRIPE_JS, TRAINS


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide an empty folder of modules."""
    monkeypatch.setattr(stripe_js, "SOURCES", tmp_path)
    monkeypatch.setattr(stripe_js, "ROOT", tmp_path)
    return tmp_path


def test_a_module_comes_after_those_that_it_imports_and_each_once(modules: Path) -> None:
    (modules / "one.js").write_text("export const ONE = 1;\n")
    (modules / "two.js").write_text('import { ONE } from "./one.js";\n\n/** Doubles. */\nexport function two() {}\n')
    (modules / "main.js").write_text(
        'import { ONE } from "./one.js";\nimport {\n  two,\n} from "./two.js";\n\ntwo(ONE);\n'
    )
    built = script("main.js", {"GIVEN": {"a": [1]}})
    assert built == (
        '"use strict";\n(() => {\nconst GIVEN = {"a":[1]};\nlet ONE=1;\nfunction two(){}\ntwo(ONE);\n})();\n'
    )
    assert "Doubles" not in built


@pytest.mark.parametrize(
    "form", ['import * as all from "./one.js";', "export default 1;", 'import "./one.js";', "const two = `lines"]
)
def test_a_form_that_is_not_read_is_refused(form: str, modules: Path) -> None:
    (modules / "main.js").write_text(f"{form}\n")
    with pytest.raises(ModuleFormError, match=re.escape(form)):
        script("main.js", {})


@pytest.mark.parametrize(
    "line, built",
    [
        ('const a = f(b, "c = d");', 'let a=f(b,"c = d");'),
        ("const a = `b = ${c ? `d, e` : 1}`; // why", "let a=`b = ${c ? `d, e` : 1}`;"),
        ("const a = /[ =/] , b/.test(c) && { d };", "let a=/[ =/] , b/.test(c)&&{d};"),
        ("const a = /** @type {Json} */ (b);", "let a=(b);"),
        ('const a = "https://b" + c - -d;', 'let a="https://b" + c - -d;'),
    ],
)
def test_only_spaces_that_mean_nothing_are_left_out(line: str, built: str, modules: Path) -> None:
    (modules / "main.js").write_text(f"{line}\n")
    assert built in script("main.js", {})


def test_two_modules_of_a_script_declare_different_names(modules: Path) -> None:
    (modules / "one.js").write_text("const ONE = 1;\nexport function two() {}\n")
    (modules / "main.js").write_text('import { two } from "./one.js";\n\nconst ONE = 2;\ntwo(ONE);\n')
    with pytest.raises(ModuleFormError, match=r"ONE is declared in one\.js too"):
        script("main.js", {})


def test_routes_and_table_have_the_same_trains() -> None:
    table = trains()["trains"]
    assert tuple(train["name"] for train in table) == TRAINS
    assert [train["path"] for train in table] == [GET_STRIPE_JS[train].path for train in TRAINS]
    assert {"script.js", *(f"trains/{train}.js" for train in TRAINS)} <= stripe_js_files().keys()


@pytest.mark.parametrize(
    "row, expected",
    [({}, ["a", "b", "c"]), ({"since": "b"}, ["b", "c"]), ({"until": "b"}, ["a", "b"]), ({"since": "c"}, ["c"])],
)
def test_a_function_is_in_the_trains_from_its_first_to_its_last(row: dict[str, str], expected: list[str]) -> None:
    assert trains_of(row, ["a", "b", "c"]) == expected


def test_every_page_of_an_element_is_built() -> None:
    types = (stripe_js.SOURCES / "script" / "element_types.js").read_text()
    assert set(re.findall(r'page: "([\w-]+)"', types)) == {page for page in PAGES if page.startswith("elements-")}


def test_functions_that_work_are_there() -> None:
    source = (stripe_js.SOURCES / "script" / "stripe.js").read_text()
    made = set(re.findall(r"^  (?:async )?([a-z]\w+)\(.*\) \{}?$", source, re.MULTILINE)) - {"constructor"}
    assert made == {function["name"] for function in trains()["functions"] if function["works"]}
