"""A page as somebody without eyes reads it: its elements by class, its links by their words, its forms by their buttons.  Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "use", "wbr"})
_ENDED_BY_THE_NEXT = frozenset({"tr", "td", "th", "li", "dt", "dd", "option", "p", "thead", "tbody"})
_NO_VALUE = frozenset({"submit", "button", "image", "reset", "file"})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def text(self) -> str:
        """Return the words, with single blanks between them."""
        return self.text_without()

    def text_without(self, *tags: str) -> str:
        """Return the words that stand in none of these tags."""
        pieces = (child if isinstance(child, str) else child.text_without(*tags) for child in self.children
                  if isinstance(child, str) or child.tag not in tags)
        return " ".join(" ".join(pieces).split())

    def inside(self) -> Iterator["Element"]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.inside()

    def all(self, tag: str = "", *, kind: str = "") -> list["Element"]:
        """Return the elements of a tag, and of a class, in the page's order."""
        return [one for one in self.inside() if tag in ("", one.tag) and (not kind or kind in one["class"].split())]

    def link(self, words: str) -> str | None:
        """Return where the first link with these words leads."""
        return next((one["href"] for one in self.all("a") if words in one.text), None)

    def form(self, button: str) -> "Form | None":
        """Return the first form with a button of exactly these words, with the button pressed."""
        for form in self.all("form"):
            for pressed in form.all("button"):
                if button and button in (pressed.text, pressed["aria-label"]):
                    return Form.of(form, pressed)
        return None


@dataclass
class Form:
    """What would be sent, and where to; `fields` may be changed before."""

    action: str
    fields: list[tuple[str, str]]
    choices: dict[str, list[tuple[str, str]]]  # Of what can be chosen: the words and their value, by the field's name.

    @classmethod
    def of(cls, form: Element, pressed: Element) -> "Form":
        fields: list[tuple[str, str]] = []
        choices: dict[str, list[tuple[str, str]]] = {}
        for one in form.all():
            name = one["name"]
            if not name or "disabled" in one.attributes or (one["form"] and one["form"] != form["id"]):
                continue
            if one.tag == "select":
                options = one.all("option")
                choices[name] = [(option.text, option["value"]) for option in options]
                chosen = next((option for option in options if "selected" in option.attributes), options[0] if options else None)
                fields += [(name, chosen["value"])] if chosen is not None else []
            elif one.tag == "textarea":
                fields.append((name, one.text))
            elif one.tag == "input" and one["type"] in ("checkbox", "radio"):
                fields += [(name, one["value"] or "on")] if "checked" in one.attributes else []
            elif one.tag == "input" and one["type"] not in _NO_VALUE:
                fields.append((name, one["value"]))
        if pressed["name"]:
            fields.append((pressed["name"], pressed["value"]))
        return cls(pressed["formaction"] or form["action"], fields, choices)

    def fill(self, **values: str) -> "Form":
        """Fill in fields of the form; raise KeyError for one that it does not have."""
        for name, value in values.items():
            if name not in dict(self.fields):
                raise KeyError(name)
            self.fields = [(known, value if known == name else before) for known, before in self.fields]
        return self

    def choose(self, name: str, words: str) -> "Form":
        """Choose by the words that somebody sees; raise KeyError when they are not there."""
        for seen, value in self.choices.get(name, []):
            if words in seen:
                return self.fill(**{name: value})
        raise KeyError(words)

    def value(self, name: str) -> str:
        """Return what is filled in; raise KeyError for a field that the form does not have."""
        return dict(self.fields)[name]

    def put(self, name: str, value: str) -> "Form":
        """Choose one of several buttons of which only one can be chosen."""
        self.fields = [*((known, before) for known, before in self.fields if known != name), (name, value)]
        return self

    def tick(self, name: str, value: str) -> "Form":
        """Tick one of several boxes, unless it is ticked."""
        if (name, value) not in self.fields:
            self.fields.append((name, value))
        return self


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = Element("page")
        self._open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ENDED_BY_THE_NEXT and self._open[-1].tag == tag:
            self._open.pop()
        one = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(one)
        if tag not in _EMPTY:
            self._open.append(one)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        depth = next((number for number in range(len(self._open) - 1, 0, -1) if self._open[number].tag == tag), 0)
        if depth:
            del self._open[depth:]

    def handle_data(self, data: str) -> None:
        if self._open[-1].tag not in ("script", "style"):
            self._open[-1].children.append(data)


def read(html: str) -> Element:
    """Return the page's elements as a tree; whatever is not closed ends with what it is in."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.top
