"""``featuretopo inspect``."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from featuretopo.cli.inputs import load_dictionary, naming
from featuretopo.cli.options import Features, Group, Json, Names, Page, Seed
from featuretopo.cli.page import check_page, mapper_stabilities, write_page


def inspect(
    file: Annotated[Path, typer.Argument(help="Dictionary file, or the weights of an SAE.")],
    group: Group = None,
    centre: Annotated[
        bool, typer.Option("--centre", help="Subtract the mean of the features first.")
    ] = False,
    cyclic: Annotated[
        bool, typer.Option("--cyclic", help="The rows stand in a cyclic order: test it.")
    ] = False,
    second: Annotated[
        bool,
        typer.Option("--second-opinion", help="Ask other libraries too."),
    ] = False,
    mapper_test: Annotated[
        bool,
        typer.Option(
            "--mapper-test", help="Is the Mapper graph more than lens and cover make of nothing?"
        ),
    ] = False,
    features: Features = None,
    names: Names = None,
    out: Page = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Look at the topology of one dictionary: clusters, loops, Mapper graph."""
    from featuretopo import terminal
    from featuretopo.cli.json_output import INSPECT, inspected, print_json
    from featuretopo.report.records import as_text
    from featuretopo.topology.arrangement import arrangement, check_size
    from featuretopo.topology.mapper.significance import mapper_test as test_of_mapper
    from featuretopo.topology.mapper.stability import mapper_stability
    from featuretopo.topology.order import circular_order
    from featuretopo.topology.second_opinion import second_opinion

    start = perf_counter()
    with naming(file):
        dictionary = load_dictionary(file, features, names=names)
        if group is not None:
            dictionary = dictionary.group(group)
        orders = [circular_order(dictionary, group=group)] if cyclic else []
        if centre:
            dictionary = dictionary.centred()
        check_size(dictionary)
    check_page(out)
    name = file.stem if group is None else f"{file.stem}: {group}"
    with naming(file), terminal.working("looking at clusters, loops and their nulls"):
        portrait = arrangement(dictionary, name=name, rng=seed)
    opinions = {name: second_opinion(dictionary)} if second else {}
    tested = stable = None
    if mapper_test:
        with naming(file), terminal.working("redrawing the Mapper graph, over its null and covers"):
            tested, stable = test_of_mapper(dictionary, rng=seed), mapper_stability(dictionary)
    told = inspected(portrait, orders, opinions, tested)
    if not as_json:
        terminal.show_arrangement(portrait)
        for opinion in opinions.values():
            terminal.show_second_opinion(opinion)
        if tested is not None and stable is not None:
            terminal.show_mapper_test(tested, stable)
        for order in orders:
            terminal.show_order(order)
    if out:
        files = {"inspect.json": as_text(INSPECT, told)}
        write_page(
            out,
            seed,
            start,
            [],
            [portrait],
            orders,
            opinions,
            mapper_tests={name: tested} if tested else {},
            stabilities={name: stable} if stable else mapper_stabilities([portrait]),
            downloads=files,
            quiet=as_json,
        )
    if as_json:
        print_json(INSPECT, {**told, "report": str(out) if out else None})
