# Quartiles of some measurements of breast tumours, for an appendix.
import os

import numpy as np
from sklearn.datasets import load_breast_cancer

tumours = load_breast_cancer()
os.makedirs("out", exist_ok=True)
with open("out/quartiles.txt", "w") as out:
    for name, column in list(zip(tumours.feature_names, tumours.data.T))[:5]:
        out.write(f"{name}: {[np.quantile(column, q) for q in (.25, .5, .75)]}\n")
