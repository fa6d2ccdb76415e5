"""Writes the files beside it with NumPy: pip install numpy."""

import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format

here = Path(__file__).parent

# Exact in float16: every array holds the same values.
values = np.array([[1, -2.5, 65504], [0.5, 2.0**-24, -0.0], [np.nan, np.inf, -np.inf], [3, 4, 5], [6, 7, 8]])
single = values.astype("<f4")


def save(name, **arrays):
    np.savez(here / name, **arrays)


types = {
    f"{type}_{'little' if order == '<' else 'big'}_{layout}": np.asarray(values.astype(order + type), order=layout)
    for type in ("f2", "f4", "f8")
    for order in ("<", ">")
    for layout in "CF"
}
save("types.npz", **types)
np.save(here / "single.npy", single)
np.save(here / "by_column.npy", types["f8_big_F"])
np.save(here / "empty.npy", np.zeros((0, 3), np.float32))
np.savez(here / "one.npz", single)
for version in ((2, 0), (3, 0)):
    with open(here / f"version_{version[0]}.npy", "wb") as file:
        format.write_array(file, single, version=version)

# More rows than DuckDB scans at once. float64 rounds to float32.
many = np.arange(15_000).reshape(5_000, 3) / 7
np.savez_compressed(here / "deflated.npz", embeddings=many, other=np.asfortranarray(values.astype(">f2")))
with zipfile.ZipFile(here / "bzip2.npz", "w", zipfile.ZIP_BZIP2) as archive:
    archive.write(here / "empty.npy", "a.npy")
with zipfile.ZipFile(here / "no_arrays.npz", "w") as archive:
    archive.writestr("notes.txt", "x")

save(
    "refused.npz",
    structured=np.zeros(2, [("id", "<i8"), ("embedding", "<f4", 3)]),
    object=np.array([[1, "a"]], object),
    int8=np.zeros((2, 3), np.int8),
    uint8=np.zeros((2, 3), np.uint8),
    int64=np.zeros((2, 3), np.int64),
    bool=np.zeros((2, 3), bool),
    complex=np.zeros((2, 3), np.complex64),
    text=np.array([["a", "b"]]),
    longdouble=np.zeros((2, 3), np.longdouble),
    raw=np.zeros((2, 3), "V2"),
    date=np.zeros((2, 3), "M8[s]"),
    scalar=np.float32(1),
    one_dimension=np.zeros(3, np.float32),
    three_dimensions=np.zeros((2, 3, 4), np.float32),
    no_elements=np.zeros((2, 0), np.float32),
    wide=np.zeros((0, 100_001), np.float32),
)
