# How many wines of each cultivar there are.
import os

from sklearn.datasets import load_wine

wines = load_wine(as_frame=True).frame
os.makedirs("out", exist_ok=True)
wines["target"].value_counts().reset_index().to_csv("out/counts.csv", index=False)
