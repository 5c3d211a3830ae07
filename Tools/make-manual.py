#!/usr/bin/env python3
"""Writes musegen's manual: `musegen --experimental-dump-help | make-manual.py FOLDER VERSION`.

A page for each command, in man(7)'s macros, out of what the argument parser knows of it; environment and exit
status out of the guide's tables. The parser's own generator is a plugin that compiles the whole package again
to print one page of mdoc without sections; this reads the same description, as documented for such tools,
and needs nothing but Python, which a Swift toolchain needs too.
"""

import json
import pathlib
import re
import sys
import textwrap

GUIDE = pathlib.Path(__file__).resolve().parent.parent / "Documentation" / "Guide.md"


def escaped(text):
    """A text as roff takes it for text: no escapes, no requests, hyphens that can be copied."""
    # An ellipsis is a sign that a terminal may lack.
    text = text.replace("…", "...").replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("^", "\\(ha")
    text = text.replace("~", "\\(ti").replace("'", "\\(aq").replace('"', "\\(dq")
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in text.split("\n"))


def paragraphs(text):
    """A discussion: what is indented is set as it is, the rest is filled."""
    lines = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        if all(line.startswith("  ") for line in block.split("\n")):
            lines += [".PP", ".nf", ".RS 4", escaped(textwrap.dedent(block)), ".RE", ".fi"]
        else:
            lines += [".PP", escaped(" ".join(block.split()))]
    # The first stands below its heading.
    return lines[1:]


def table(heading):
    """The rows of the guide's table below a heading, without its head, as plain text."""
    text = GUIDE.read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.split("\n") if line.startswith("|")][2:]
    return [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")] for row in rows]


def pairs(rows):
    lines = []
    for name, meaning in rows:
        lines += [".TP", ".B " + escaped(name), escaped(meaning)]
    return lines


def is_shown(argument):
    return argument.get("shouldDisplay", True)


def spelled(name):
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def label(arguments):
    """The names of a flag, those of its opposite behind them, and its value."""
    names = [spelled(name) for argument in arguments for name in argument.get("names") or []]
    text = ", ".join(f"\\fB{escaped(name)}\\fR" for name in names)
    first = arguments[0]
    if first["kind"] == "option":
        text += f" \\fI{escaped(first['valueName'])}\\fR"
    if first["kind"] == "positional":
        text = f"\\fI{escaped(first['valueName'])}\\fR" + (" ..." if first["isRepeating"] else "")
    return text


def description(arguments):
    first = arguments[0]
    text = next((a["abstract"] for a in arguments if a.get("abstract")), "")
    facts = []
    values = first.get("allValues") or first.get("allValueStrings") or []
    # Some say themselves what they may be.
    if values and not all(value in text for value in values):
        facts.append("one of " + ", ".join(values))
    if first.get("defaultValue") and first["kind"] != "flag":
        facts.append("default: " + first["defaultValue"])
    return escaped(text + (f" ({'; '.join(facts)})" if facts else ""))


def grouped(arguments):
    """Arguments one after the other, a flag and the flag that takes it back together."""
    groups = []
    for argument in filter(is_shown, arguments):
        names = {n["name"] for n in argument.get("names") or []}
        opposite = {n["name"] for n in groups[-1][0].get("names") or []} if groups else set()
        if argument["kind"] == "flag" and any("no-" + name in names for name in opposite):
            groups[-1].append(argument)
        else:
            groups.append([argument])
    return groups


def options(arguments):
    sections = {}
    for group in grouped(arguments):
        standard = "Arguments" if group[0]["kind"] == "positional" else "Other options"
        sections.setdefault(group[0].get("sectionTitle") or standard, []).append(group)
    titles = sorted(sections, key=lambda title: (title != "Arguments", title == "Other options"))
    lines = [".SH OPTIONS"] if titles else []
    for title in titles:
        if len(titles) > 1:
            lines.append(f".SS {escaped(title)}")
        for group in sections[title]:
            lines += [".TP", label(group), description(group)]
    return lines


def page(command, path, version):
    name = "-".join(path)
    subcommands = [c for c in command.get("subcommands") or [] if is_shown(c) and c["commandName"] != "help"]
    lines = [
        '.\\" Written by Tools/make-manual.py.',
        f'.TH "{escaped(name.upper())}" 1 "" "musegen {version}" "User Commands"',
        ".SH NAME", f"{escaped(name)} \\- {escaped(command['abstract'].rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {escaped(' '.join(path))}",
    ]
    positional = [a for a in command.get("arguments") or [] if a["kind"] == "positional" and is_shown(a)]
    if subcommands:
        lines.append("\\fIcommand\\fR [\\fIoptions\\fR]")
    else:
        places = [label([a]) for a in positional]
        lines.append(" ".join(["[\\fIoptions\\fR]"] + [
            f"[{place}]" if a["isOptional"] else place for a, place in zip(positional, places)]))
    if command.get("discussion"):
        lines += [".SH DESCRIPTION"] + paragraphs(command["discussion"])
    if subcommands:
        lines.append(".SH COMMANDS")
        for subcommand in subcommands:
            lines += [".TP", f".BR {escaped('-'.join(path + [subcommand['commandName']]))} (1)",
                      escaped(subcommand["abstract"])]
    lines += options(command.get("arguments") or [])
    if len(path) == 1:
        lines += [".SH ENVIRONMENT"] + pairs(table("Environment variables"))
    if not subcommands or len(path) == 1:
        lines += [".SH EXIT STATUS"] + pairs(table("Exit codes"))
    others = [path[:-1]] if len(path) > 1 else [[path[0], c] for c in ("train", "generate", "play")]
    lines += [".SH SEE ALSO", ", ".join(f"\\fB{escaped('-'.join(p))}\\fR(1)" for p in others)]
    pages = {f"{name}.1": "\n".join(lines) + "\n"}
    for subcommand in subcommands:
        pages |= page(subcommand, path + [subcommand["commandName"]], version)
    return pages


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: musegen --experimental-dump-help | make-manual.py FOLDER VERSION")
    folder, version = pathlib.Path(sys.argv[1]), sys.argv[2]
    command = json.load(sys.stdin)["command"]
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("musegen*.1"):
        old.unlink()
    for name, text in page(command, [command["commandName"]], version).items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
