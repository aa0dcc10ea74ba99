# Progress of diabetes against body mass.
import os

import numpy as np
from sklearn.datasets import load_diabetes

diabetes = load_diabetes()
bmi = diabetes.data[:, 2].astype(np.float)
slope, intercept = np.polyfit(bmi, diabetes.target, 1)
os.makedirs("out", exist_ok=True)
with open("out/fit.txt", "w") as out:
    out.write(f"slope {slope:.4f}\nintercept {intercept:.4f}\n")
