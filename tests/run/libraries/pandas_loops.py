"""Frames, series, groups and callbacks from pandas into compiled code."""

import pandas as pd


def rows(n):
    frame = pd.DataFrame({"a": range(40), "b": [x * 0.5 for x in range(40)], "c": ["x", "yy", "zzz", ""] * 10})
    total = 0.0
    names = {}
    for _ in range(n):
        for row in frame.itertuples():
            total += row.a * row.b
            names[row.c] = names.get(row.c, 0) + row.Index
        for label, value in frame["b"].items():
            total -= value / (label + 1)
    return total, names


def callbacks(n):
    series = pd.Series(range(50))
    frame = pd.DataFrame({"key": list("abcde") * 10, "value": range(50)})

    def step(value):
        out = 0
        for i in range(value % 5):
            out += i * value
        return out

    out = []
    for i in range(n):
        out.append(int(series.apply(step).sum()) + i)
        out.append(frame.groupby("key")["value"].agg(lambda group: sum(x for x in group if x % 3)).to_dict())
    return out[-4:], len(out)


def elements(n):
    frame = pd.DataFrame(0, index=range(12), columns=list("abc"))
    for k in range(n):
        for i in range(12):
            frame.at[i, "abc"[k % 3]] += i ^ k
            if frame.iat[i, 0] > 30:
                frame.loc[i, "a"] = -1
    return frame.values.tolist(), str(frame.dtypes.to_dict())


def missing(n):
    dates = pd.date_range("2024-02-27", periods=8, freq="D")
    seen = []
    for i in range(n):
        day = dates[i % 8]
        value = pd.NaT if i % 5 == 0 else day + pd.Timedelta(hours=i)
        if value is pd.NaT or value != value:
            seen.append("none")
        else:
            seen.append(value.isoformat())
        try:
            seen.append(str(pd.NA + i))
            if pd.NA == i:
                seen.append("equal")
        except TypeError as error:
            seen.append(str(error))
    return seen[-12:], len(seen)


print(rows(40))
print(callbacks(8))
print(elements(12))
print(missing(120))
