# Ten kinds of handwritten digits, found without being told which is which.
import os

import pandas as pd
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits

digits = load_digits(as_frame=True).data
found = KMeans(n_clusters=10, random_state=0).fit(digits)
os.makedirs("out", exist_ok=True)
centers = pd.DataFrame(found.cluster_centers_, columns=digits.columns)
centers.sort_values(list(digits.columns[2:])).round(6).to_csv("out/centers.csv", index=False)
with open("out/fit.json", "w") as out:
    out.write(f'{{"inertia": {found.inertia_:.3f}}}\n')
