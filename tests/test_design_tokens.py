"""Design tokens: read, laid over each other, resolved, printed for page and e-mail, and looked at for contrast."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from handbill import colour, located_json
from handbill.errors import Problem
from handbill.theme import load_theme
from handbill.tokens import PAIRS, Tokens, load_tokens
from theme_folders import SHIPPED, told

GOOD = {
    "paper": "#ffffff", "panel": "#f4f4f4", "ink": "#111111", "muted": "#4a4a4a", "accent": "#a0002a",
    "on-accent": "#ffffff", "edge": "#767676", "focus": "#a0002a", "notice": "#7a4a00", "danger": "#a0002a",
}  # fmt: skip


def load(*files: dict[str, Any] | str) -> tuple[Tokens, list[str]]:
    """The tokens of files named a.json, b.json, … (parent before child), and what is said about them."""
    problems: list[Problem] = []
    texts = [(f"{'abc'[n]}.json", f if isinstance(f, str) else json.dumps(f)) for n, f in enumerate(files)]
    return load_tokens(texts, problems), told(problems)


def colours(light: dict[str, str], dark: dict[str, str] | None = None) -> dict[str, Any]:
    modes = {"light": light} if dark is None else {"light": light, "dark": dark}
    return {"color": {"$type": "color", **{m: {n: {"$value": v} for n, v in c.items()} for m, c in modes.items()}}}


# ---- what a token prints


@pytest.mark.parametrize(
    ("kind", "value", "css", "mail"),
    [
        ("color", "#1D2521", "#1d2521", "#1d2521"),
        ("color", "#fff", "#fff", "#ffffff"),
        ("color", "#ffeedd80", "#ffeedd80", "#ffeedd80"),
        ("color", {"colorSpace": "srgb", "components": [1, 0.5, 0]}, "#ff8000", "#ff8000"),
        ("color", {"colorSpace": "srgb", "components": ["none", 0, 0], "alpha": 0.5}, "#00000080", "#00000080"),
        ("color", {"colorSpace": "oklch", "components": [0.5, 0.1, 20], "hex": "#a1b2c3"}, "#a1b2c3", "#a1b2c3"),
        ("dimension", {"value": 1.5, "unit": "rem"}, "1.5rem", "24px"),
        ("dimension", {"value": 0.25, "unit": "rem"}, ".25rem", "4px"),
        ("dimension", {"value": 3, "unit": "px"}, "3px", "3px"),
        ("dimension", "0.5px", ".5px", "0.5px"),
        ("fontFamily", "Georgia", "Georgia", "Georgia"),
        ("fontFamily", ["Iowan Old Style", "serif"], "'Iowan Old Style',serif", "'Iowan Old Style', serif"),
        ("fontWeight", "semi-bold", "600", "600"),
        ("fontWeight", 650, "650", "650"),
        ("number", 62, "62", "62"),
        ("number", 1.25, "1.25", "1.25"),
        ("duration", {"value": 150, "unit": "ms"}, "150ms", "150ms"),
        ("cubicBezier", [0.5, 0, 1, 1], "cubic-bezier(0.5,0,1,1)", "cubic-bezier(0.5,0,1,1)"),
    ],
)
def test_a_value_is_printed_for_page_and_e_mail(kind: str, value: Any, css: str, mail: str) -> None:
    tokens, said = load({"a": {"$type": kind, "$value": value}})
    assert said == []
    assert (tokens.by_path["a"].css, tokens.literal("a")) == (css, mail)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("color", "red"), ("color", "#12345"), ("color", {"colorSpace": "srgb", "components": [2, 0, 0]}),
        ("color", {"colorSpace": "oklch", "components": [0.5, 0.1, 20]}), ("color", 3), ("color", None),
        ("dimension", "1em"), ("dimension", 3), ("dimension", {"value": "1", "unit": "px"}), ("dimension", "px"),
        ("dimension", {"value": 1, "unit": "ch"}), ("fontFamily", []), ("fontFamily", "a'b; color: red"),
        ("fontFamily", ["</style>"]), ("fontWeight", "fat"), ("fontWeight", 2000), ("fontWeight", True),
        ("number", "3"), ("number", True), ("duration", "fast"), ("cubicBezier", [2, 0, 1, 1]), ("cubicBezier", [1]),
    ],
)  # fmt: skip
def test_a_value_that_is_not_of_its_type_is_refused(kind: str, value: Any) -> None:
    tokens, said = load({"a": {"$type": kind, "$value": value}})
    assert said == [f"a.json:1:2: The value of 'a' is not a {kind}."]
    assert tokens.by_path == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.sampled_from(["color", "dimension", "fontFamily", "fontWeight", "number", "duration", "cubicBezier"]), JSON)
def test_no_value_can_break_out_of_a_declaration_or_an_attribute(kind: str, value: Any) -> None:
    tokens, _ = load({"a": {"$type": kind, "$value": value}})
    for token in tokens.by_path.values():
        assert not set(token.css + token.mail) & set('"<>;{}\\\n')


# ---- groups, types, aliases, modes


def test_a_type_is_taken_from_the_nearest_group() -> None:
    tokens, said = load(
        {"space": {"$type": "dimension", "1": {"$value": "4px"}, "n": {"$type": "number", "$value": 3}}}
    )
    assert said == []
    assert {path: token.type for path, token in tokens.by_path.items()} == {"space.1": "dimension", "space.n": "number"}


def test_an_alias_has_the_value_and_type_of_what_it_names() -> None:
    tokens, said = load(
        {"a": {"$value": "{b.c}"}, "b": {"c": {"$value": "{d}"}}, "d": {"$type": "number", "$value": 3}}
    )
    assert said == []
    assert [(t.path, t.type, t.css, t.alias) for t in tokens.by_path.values()] == [
        ("a", "number", "3", "b.c"),
        ("b.c", "number", "3", "d"),
        ("d", "number", "3", ""),
    ]


def test_light_and_dark_are_one_property_with_two_values() -> None:
    tokens, _ = load(colours({"ink": "#111111", "paper": "#ffffff"}, {"ink": "#eeeeee", "paper": "#ffffff"}))
    assert tokens.properties() == {"--color-ink", "--color-paper"}
    assert tokens.css({"--color-ink", "--color-paper"}) == (
        ":root{--color-ink:#111;--color-paper:#fff;color-scheme:light dark}"
        "@media (prefers-color-scheme:dark){:root{--color-ink:#eee}}"
    )
    assert tokens.css({"--color-paper"}) == ":root{--color-paper:#fff;color-scheme:light dark}"


def test_without_a_dark_set_nothing_is_said_about_schemes() -> None:
    tokens, _ = load(colours({"ink": "#111111"}))
    assert tokens.css({"--color-ink"}) == ":root{--color-ink:#111;}"


def test_a_dark_value_without_a_light_one_is_refused() -> None:
    _, said = load(colours({}, {"ink": "#eeeeee"}))
    assert said == ["a.json:1:52: 'color.dark.ink' has no counterpart 'color.light.ink'."]


def test_one_property_has_one_value_in_each_set() -> None:
    plain = {"color": {"$type": "color", "ink": {"$value": "#eeeeee"}}}
    _, said = load(colours({"ink": "#111111"}, {"ink": "#eeeeee"}), plain)
    assert said == ["b.json:1:30: 'color.ink' and 'color.light.ink' are both --color-ink in the light set."]
    _, said = load(colours({"on-accent": "#111111"}), colours({"on_accent": "#eeeeee"}))
    assert len(said) == 1


def test_a_light_value_that_is_wrong_is_told_alone() -> None:
    _, said = load(colours({"ink": "#eeeee"}, {"ink": "#eeeeee"}))
    assert said == ["a.json:1:40: The value of 'color.light.ink' is not a color."]


def test_underscores_and_hyphens_name_the_same_property() -> None:
    tokens, _ = load(colours({"on_accent": "#111111"}))
    assert tokens.properties() == {"--color-on-accent"}


# ---- what is laid over what


def test_a_child_changes_one_token_and_keeps_the_rest() -> None:
    tokens, said = load(colours(GOOD), {"color": {"light": {"ink": {"$value": "#000000"}}}})
    assert said == []
    assert tokens.literal("color.light.ink") == "#000000"
    assert tokens.literal("color.light.muted") == "#4a4a4a"
    assert (tokens.by_path["color.light.ink"].file, tokens.by_path["color.light.ink"].first) == ("b.json", "a.json")


def test_an_alias_of_the_parent_follows_the_childs_value() -> None:
    parent = {"a": {"$type": "number", "$value": 1}, "b": {"$value": "{a}"}}
    tokens, _ = load(parent, {"a": {"$value": 2}})
    assert tokens.literal("b") == "2"


# ---- what is said when it is wrong


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", 'a.json:1:2: A key in "double quotes" is missing here.'),
        ('{"a": 1,}', 'a.json:1:9: A key in "double quotes" is missing here.'),
        ('{"a": {}, "a": {}}', "a.json:1:11: The key 'a' is written twice."),
        ('{"a": "\n"}', "a.json:1:8: This text has no end, or a bare control character in it."),
        ("[]", "a.json: The file holds no JSON object."),
        ('{"a": 3}', "a.json:1:2: 'a' is neither a group nor a token."),
        ('{\n\t"Ink Muted": {"$value": 3}}', "a.json:2:2: 'Ink Muted' cannot be the name of a group or token."),
        ('{"a": {"$value": 3}}', "a.json:1:2: The token 'a' has no type."),
        ('{"a": {"$type": "colour", "$value": 3}}', "a.json:1:8: 'colour' is not a type we know."),
        ('{"a": {"$ref": "#/b"}}', "a.json:1:8: $ref is not supported."),
        ('{"a": {"$value": "{b}"}}', "a.json:1:2: There is no token 'b'."),
        ('{"a": {"$value": "{a}"}}', "a.json:1:2: Aliases run in a circle: a → a."),
    ],
)
def test_what_is_wrong_is_shown_with_its_place(text: str, said: str) -> None:
    assert load(text)[1] == [said]


def test_a_circle_of_aliases_is_told_once() -> None:
    _, said = load('{"a": {"$value": "{b}"},\n"b": {"$value": "{c}"},\n"c": {"$value": "{b}"}}')
    assert said == ["a.json:3:1: Aliases run in a circle: b → c → b."]


def test_a_near_name_is_guessed() -> None:
    problems: list[Problem] = []
    load_tokens([("a.json", '{"ink": {"$type": "number", "$value": 1}, "b": {"$value": "{inc}"}}')], problems)
    assert problems[0].fix == "Did you mean 'ink'? Name a token by its whole path."


# ---- what is used


def test_a_token_is_used_by_a_property_a_path_or_an_alias_of_one_that_is() -> None:
    tokens, _ = load({"$type": "number", "css": {"$value": 1}, "path": {"$value": "{far}"}, "far": {"$value": 1}, "idle": {"$value": 1}})  # fmt: skip  # noqa: E501
    assert [p.what for p in tokens.unused({"--css"}, {"path"}, "a.json")] == ["The token 'idle' is not used."]


def test_a_child_answers_only_for_the_tokens_that_it_adds() -> None:
    parent, mine = {"$type": "number", "a": {"$value": 1}}, {"$type": "number", "a": {"$value": 2}, "b": {"$value": 3}}
    tokens, _ = load(parent, mine)
    assert told(tokens.unused((), (), "b.json")) == ["b.json:1:41: The token 'b' is not used."]
    assert told(tokens.unused((), (), "a.json")) == ["b.json:1:21: The token 'a' is not used."]
    assert tokens.unused((), (), "c.json") == []


def test_a_token_that_nothing_uses_is_likely_a_slip_of_one_that_is_used() -> None:
    tokens, _ = load({"$type": "number", "accent": {"$value": 1}, "acent": {"$value": 2}})
    assert [p.fix for p in tokens.unused({"--accent"}, (), "a.json")] == [
        "Did you mean 'accent'? Use it, as var(--acent) in CSS or token('acent') in a template, or remove it."
    ]


# ---- contrast


def test_black_on_white_is_21_and_a_colour_on_itself_is_1() -> None:
    assert colour.contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert colour.contrast((9, 9, 9), (9, 9, 9)) == 1


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#767676", "#ffffff", 4.54),
        ("#777777", "#ffffff", 4.48),
        ("#0000ff", "#ffffff", 8.59),
        ("#d4002a", "#ffffff", 5.47),
    ],
)
def test_ratios_are_those_that_others_compute(one: str, other: str, ratio: float) -> None:
    a, b = colour.parse(one), colour.parse(other)
    assert a
    assert b
    assert colour.contrast(a, b) == pytest.approx(ratio, abs=0.01)


RGB = st.tuples(*[st.integers(0, 255)] * 3)


@settings(deadline=None)
@given(RGB, RGB)
def test_contrast_is_the_same_both_ways_and_between_1_and_21(one: colour.Colour, other: colour.Colour) -> None:
    assert 1 <= colour.contrast(one, other) == colour.contrast(other, one) <= 21.0001


@settings(deadline=None)
@given(RGB, RGB, st.sampled_from([3.0, 4.5]))
def test_the_nearest_passing_colour_passes_and_one_always_exists_on_one_ground(
    one: colour.Colour, ground: colour.Colour, least: float
) -> None:
    found = colour.nearest_passing(one, [(ground, least)])
    assert found
    assert colour.contrast(found, ground) >= least
    if colour.contrast(one, ground) >= least:
        assert found == one


@settings(deadline=None)
@given(RGB)
def test_a_colour_reads_back_as_it_was_written(one: colour.Colour) -> None:
    assert colour.parse(colour.text_of(one)) == one


def test_good_colours_have_nothing_said_about_them() -> None:
    assert load(colours(GOOD))[0].low_contrast() == []


def test_every_pair_is_looked_at() -> None:
    for front, back, _ in PAIRS:
        tokens, _ = load(colours({**GOOD, front: GOOD[back]}))
        assert any(f"'{front}'" in p.what and f"'{back}'" in p.what for p in tokens.low_contrast()), (front, back)


def test_low_contrast_is_told_with_its_ratio_and_a_colour_that_passes() -> None:
    tokens, _ = load(colours({**GOOD, "muted": "#8a8a8a"}))
    first = tokens.low_contrast()[0]
    assert first.what == "'muted' #8a8a8a on 'paper' #ffffff has a contrast of 3.45 in the light set; 4.5 is needed."
    advised = first.fix.split()[1]
    assert load(colours({**GOOD, "muted": advised}))[0].low_contrast() == []


def test_the_dark_set_is_looked_at_with_what_the_light_set_lends_it() -> None:
    tokens, _ = load(colours(GOOD, {"paper": "#000000", "panel": "#000000"}))
    assert {p.what.split(" has ")[0] for p in tokens.low_contrast()} >= {"'ink' #111111 on 'paper' #000000"}
    assert all("in the dark set" in p.what for p in tokens.low_contrast())


def test_the_file_of_the_child_that_changed_one_of_the_two_is_named() -> None:
    tokens, _ = load(colours(GOOD), colours({"paper": "#222222"}))
    assert {p.path for p in tokens.low_contrast()} == {"b.json"}


def test_a_colour_that_is_missing_or_see_through_is_told() -> None:
    lacking = {name: value for name, value in GOOD.items() if name != "focus"}
    assert [p.what for p in load(colours(lacking))[0].low_contrast()] == ["The colour 'focus' is missing."]
    said = [p.what for p in load(colours({**GOOD, "edge": "#76767680"}))[0].low_contrast()]
    assert said == ["'color.light.edge' must be an opaque colour, since text stands on it or in it."]


def test_the_shipped_base_can_be_read_by_everybody() -> None:
    assert load_theme("base", search=[SHIPPED]).tokens.low_contrast() == []


# ---- JSON with places


@settings(deadline=None)
@given(JSON, st.sampled_from([None, 2, "\t"]))
def test_the_reader_reads_what_the_standard_one_reads(value: Any, indent: Any) -> None:
    assert located_json.read(json.dumps(value, indent=indent))[0] == value


def attempt(read: Callable[[str], Any], text: str) -> tuple[Any, ...]:
    try:
        return (read(text),)
    except ValueError as error:
        assume("twice" not in str(error))  # of two keys the standard reader takes the last
        return ()


@settings(deadline=None)
@given(st.text(alphabet='{}[]",:019.-+eEtrufalsn\\ \n\t', max_size=20))
def test_the_reader_refuses_what_the_standard_one_refuses(text: str) -> None:
    assert attempt(lambda text: located_json.read(text)[0], text) == attempt(json.loads, text)


def test_every_key_knows_its_place() -> None:
    text = '{"a": {\n\t"b": [1, {"c": 2}]\n},\n  "d": 3}'
    assert located_json.read(text)[1] == {
        ("a",): (1, 2), ("a", "b"): (2, 2), ("a", "b", "1", "c"): (2, 12), ("d",): (4, 3),
    }  # fmt: skip


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5000, "1" + "0" * 200, "1e300"])
def test_a_number_beyond_all_measure_is_refused(number: str) -> None:
    _, said = load(f'{{"a": {{"$type": "dimension", "$value": {{"value": {number}, "unit": "px"}}}}}}')
    assert len(said) == 1


def test_nesting_without_end_is_refused_and_not_followed() -> None:
    with pytest.raises(located_json.JSONError, match="too deeply"):
        located_json.read("[" * 100_000)
