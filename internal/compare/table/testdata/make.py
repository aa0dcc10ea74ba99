"""Makes the fixtures beside it: python3 make.py, with numpy, pandas and pyarrow installed.

What NumPy says of each pair stands in allclose.json; the comparers are held to it.
"""

import datetime
import decimal
import itertools
import json
import pathlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20)


def scalars():
    """One number against another, as NumPy's isclose has it."""
    values = [0.0, -0.0, 1.0, 1.0 + 1e-9, 1.0 + 1e-6, -1.0, 1e-300, 5e-324, 1e300, -1e300, 1.7e308, float("inf"),
              float("-inf"), float("nan"), 0.1, 0.1 + 0.2, 0.3, 123456789.0, 123456789.5]
    out = []
    for a, b in itertools.product(values, values):
        for rtol, atol in [(0, 0), (1e-5, 1e-8), (0, 1)]:
            with np.errstate(all="ignore"):
                close = bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))
            out.append([repr(a), repr(b), rtol, atol, close])
    return out


def arrays():
    """Arrays of every type with a changed copy."""
    out = {}
    for t in ["f2", "f4", "f8", ">f4", ">f8", "g", "i1", "i2", "i4", "i8", ">i8", "u1", "u2", "u4", "u8", ">u2"]:
        a = (rng.random((3, 5)) * 100).astype(t)
        b = a.copy()
        b[1, 2] += b[1, 2].dtype.type(1)
        out[t.replace(">", "be-")] = (a, b)
    for t in ["c8", "c16", ">c16"]:
        a = (rng.random(6) + 1j * rng.random(6)).astype(t)
        b = a.copy()
        b[3] += 1e-3j
        out[t.replace(">", "be-")] = (a, b)
    special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0])
    out["special-same"] = (special, np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0]))
    out["special-inf"] = (special, np.array([np.nan, -np.inf, -np.inf, 0, 0, 1.0]))
    out["special-nan"] = (special, np.array([0.0, np.inf, -np.inf, 0, 0, 1.0]))
    grid = rng.random((4, 7, 3))
    changed = grid.copy()
    changed[2, 5, 1] += 1e-6
    out["fortran"] = (np.asfortranarray(grid), np.asfortranarray(changed))
    out["orders"] = (grid, np.asfortranarray(changed))
    out["orders-same"] = (np.asfortranarray(grid), grid)
    out["widths"] = (grid.astype("f4"), grid.astype("f4").astype("f8"))
    out["noise"] = (grid, grid * (1 + 1e-10))
    out["scalar"] = (np.array(1.5), np.array(1.5000001))
    out["empty"] = (np.zeros((0, 3)), np.zeros((0, 3)))
    return out


def others():
    """Arrays that hold no numbers: equal or not."""
    days = np.array(["2020-01-01", "2021-02-03", "NaT"], dtype="M8[D]")
    later = days.copy()
    later[1] += 1
    mixed = np.array([(1, 2.5, b"x"), (2, 3.5, b"y")], dtype=[("n", "<i4"), ("pos", "<f8"), ("s", "S3")])
    moved = mixed.copy()
    moved["pos"][1] = 4
    return {
        "bool": (np.array([True, False]), np.array([True, True])),
        "bytes": (np.array([b"abc", b"d"]), np.array([b"abc", b"e"])),
        "text": (np.array(["äbc", "d"]), np.array(["äbc", "e"])),
        "days": (days, later),
        "units-same": (days, days.astype("M8[ns]")),
        "spans": (np.array([1, 2], dtype="m8[s]"), np.array([1, 3], dtype="m8[s]")),
        "fields": (mixed, moved),
        "shape": (np.zeros((2, 3)), np.zeros((3, 2))),
        "kinds": (np.array([1, 2]), np.array(["1", "2"])),
        "large": (np.array([2**53, 2**62], dtype="i8"), np.array([2**53 + 1, 2**62], dtype="i8")),
    }


def table():
    n = 60
    x = rng.normal(size=n)
    x[7] = np.nan
    return pd.DataFrame({
        "id": np.arange(n), "x": x, "f": x.astype("f4"), "name": ["n%d" % (i % 5) for i in range(n)],
        "when": pd.date_range("2020-01-01", periods=n, freq="h"), "day": [datetime.date(2020, 1, 1 + i % 28) for i in range(n)],
        "price": [decimal.Decimal(i) / 100 for i in range(n)], "ok": [i % 3 == 0 for i in range(n)],
        "list": [list(range(i % 4)) if i % 5 else None for i in range(n)],
        "deep": [{"a": i, "b": {"c": i / 2}} for i in range(n)],
    })


def main():
    expected = {"scalars": scalars(), "arrays": []}
    for name, (a, b) in {**arrays(), **others()}.items():
        np.save(here / f"{name}.a.npy", a)
        np.save(here / f"{name}.b.npy", b)
    for path in sorted(here.glob("*.a.npy")):
        name = path.name.removesuffix(".a.npy")
        a, b = np.load(path), np.load(here / f"{name}.b.npy")
        if a.dtype.kind not in "fciu" or b.dtype.kind not in "fciu" or a.shape != b.shape or name == "large":
            continue
        for rtol, atol in [(0, 0), (1e-8, 0), (1e-5, 1e-8), (1e-2, 0), (0, 2)]:
            with np.errstate(all="ignore"):
                close = bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))
            expected["arrays"].append({"name": name, "rtol": rtol, "atol": atol, "close": close})
    with open(here / "allclose.json", "w") as f:
        f.write('{"scalars": [\n')
        f.write(",\n".join(json.dumps(s) for s in expected["scalars"]))
        f.write('\n], "arrays": [\n')
        f.write(",\n".join(json.dumps(s) for s in expected["arrays"]))
        f.write("\n]}\n")
    np.save(here / "object.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    with open(here / "v3.npy", "wb") as f:
        np.lib.format.write_array(f, np.zeros(2, dtype=[("ä", "f8")]), version=(3, 0))

    weights, bias = rng.random((8, 4)), rng.random(4)
    other = weights.copy()
    other[3, 1] += 0.5
    np.savez(here / "a.npz", weights=weights, bias=bias)
    np.savez_compressed(here / "same.npz", bias=bias, weights=weights)
    np.savez_compressed(here / "b.npz", weights=other, extra=bias)

    df = table()
    df.to_parquet(here / "a.parquet", index=False)
    for codec in ["gzip", "brotli", "lz4", "zstd", "none"]:
        df.to_parquet(here / f"same-{codec}.parquet", index=False, compression=None if codec == "none" else codec)
    arrow = pa.Table.from_pandas(df, preserve_index=False)
    pq.write_table(arrow, here / "same-plain.parquet", use_dictionary=False, data_page_version="2.0", row_group_size=17)
    pq.write_table(arrow.drop_columns(["deep"]), here / "same-delta.parquet", use_dictionary=False, column_encoding={"id": "DELTA_BINARY_PACKED", "x": "BYTE_STREAM_SPLIT", "name": "DELTA_LENGTH_BYTE_ARRAY"})
    changed = df.copy()
    changed.loc[10, "x"] += 1e-9
    changed.loc[20, "x"] = 3
    changed.at[7, "list"] = [0, 1, 2, 3]
    changed.loc[3, "when"] = pd.Timestamp("2021-01-01")
    changed.to_parquet(here / "b.parquet", index=False)
    changed.sample(frac=1, random_state=1).to_parquet(here / "b-shuffled.parquet", index=False)
    changed.drop(index=30).to_parquet(here / "b-short.parquet", index=False)
    df.astype({"id": "int32", "f": "f8", "name": "category"}).to_parquet(here / "types.parquet", index=False)
    df.drop(columns=["f"]).assign(extra=1, ok="yes").to_parquet(here / "columns.parquet", index=False)

    flat = df.drop(columns=["list", "deep"])
    flat.to_csv(here / "a.csv", index=False)
    flat.to_csv(here / "same.csv.gz", index=False, compression={"method": "gzip", "mtime": 1})
    flat.to_csv(here / "same-utf16.csv", index=False, encoding="utf-16")
    flat.to_csv(here / "same-bom-crlf.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    flat.to_csv(here / "same.tsv", index=False, sep="\t")
    flat.to_csv(here / "same-quoted.csv", index=False, quoting=1)
    flat.astype({"price": float}).to_csv(here / "same-comma.csv", index=False, sep=";", decimal=",", na_rep="NA")
    flat[flat.columns[::-1]].to_csv(here / "same-columns.csv", index=False)
    edited = changed.drop(columns=["list", "deep"])
    edited.to_csv(here / "b.csv", index=False)
    edited.sample(frac=1, random_state=1).to_csv(here / "b-shuffled.csv", index=False)
    edited.drop(index=30).to_csv(here / "b-short.csv", index=False)
    np.savetxt(here / "savetxt.txt", rng.random((5, 3)), header="a b c")


main()
