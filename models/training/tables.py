"""The cross-validation as text: what `evaluate` prints and `comparison.md` holds."""


def table(head: list[str], lines: list[list]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows) + "\n"


def interval(gap: dict | None) -> str:
    return "" if gap is None else f"{gap['mean']:+.4f} [{gap['interval90'][0]:+.4f}, {gap['interval90'][1]:+.4f}]"


def comparison_text(metrics: dict) -> str:
    compared = metrics["comparison"]
    parts = [
        "# Cross-validation of the daily-high models\n",
        f"Written by `npm run train -- evaluate`. {metrics['note']}\n",
        f"Windows: {', '.join(' to '.join(fold) for fold in metrics['folds'])}; embargo {metrics['embargoDays']} days.\n",
        "## Candidates\n",
        candidates(compared),
        f"Rule: {' '.join(compared['rule'].split())}\n",
        *(f"* {step}" for step in compared["steps"]),
        f"\nWinner: **{compared['winner']}**; the table scores it with its temperature, the others without one.\n",
    ]
    for title, key in (
        ("city", "byCity"),
        ("hour", "byHour"),
        ("hour, rows with readings", "byHourWithReadings"),
        ("kind of forecast", "byKind"),
        ("season", "bySeason"),
    ):
        parts += [f"## By {title}\n", grouped(metrics[key], title)]
    parts += ["## Rows that settle nothing, or lack inputs\n", grouped(metrics["otherRows"], "rows")]
    if metrics["leaveOneStationOut"]:
        parts += ["## Readings at a station that taught nothing\n", stations(metrics["leaveOneStationOut"])]
    return "\n".join(parts)


def candidates(compared: dict) -> str:
    lines = [
        [
            name,
            line["about"],
            "yes" if line["servable"] else "",
            line.get("logLoss", ""),
            line["rpsF"],
            line.get("coverage90", ""),
            line.get("meanWidth90F", ""),
            interval(line.get("winnerMinusThis")),
        ]
        for name, line in compared["candidates"].items()
    ]
    return table(
        ["candidate", "what", "servable", "log loss", "CRPS °F", "90 % covers", "width °F", "winner minus this, nats"],
        lines,
    )


def grouped(groups: dict, title: str) -> str:
    keys = sorted(groups, key=lambda key: (int(key) if key.lstrip("-").isdigit() else 0, key))
    lines = []
    for key in keys:
        model = groups[key]["model"]
        others = [groups[key][name]["logLoss"] for name in ("emos", "errorClimatology")]
        lines.append(
            [
                key,
                model["rows"],
                model["logLoss"],
                *others,
                model["rpsF"],
                groups[key]["emos"]["rpsF"],
                model["coverage90"],
                model["meanWidth90F"],
            ]
        )
    return table(
        [title, "rows", "log loss", "EMOS", "climatology", "CRPS °F", "EMOS", "90 % covers", "width °F"], lines
    )


def stations(found: dict) -> str:
    lines = []
    for station, of_station in found["stations"].items():
        for hour, line in [*of_station["byHour"].items(), ("all", of_station)]:
            elsewhere = line["learnedElsewhere"]
            lines.append(
                [
                    station,
                    hour,
                    elsewhere["rows"],
                    elsewhere["logLoss"],
                    line["learnedHereTooLogLoss"],
                    elsewhere["coverage90"],
                ]
            )
    text = table(["station", "hour", "rows", "log loss, learned elsewhere", "learned here too", "90 % covers"], lines)
    return f"{text}\nThe scale is multiplied by {found['carriedScaleFactor']} outside Miami.\n"
