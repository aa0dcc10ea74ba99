"""Can a breast tumour be told malign or benign from a cell image's thirty measures, and how
does diabetes progress? Both data sets are real and come with scikit-learn (Wisconsin 1995,
569 tumours; Efron 2004, 442 patients). Everything goes to out/."""

import json
import pathlib
import platform

import numpy as np
import pandas as pd
import sklearn
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LassoCV, LogisticRegression
from sklearn.metrics import confusion_matrix, r2_score, roc_auc_score
from sklearn.model_selection import cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

OUT = pathlib.Path("out")
SEED = 1995


def diagnose():
    """Two models on the tumours, judged by ten-fold cross-validation."""
    tumours = load_breast_cancer(as_frame=True)
    models = {
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        "random forest": RandomForestClassifier(n_estimators=200, random_state=SEED),
    }
    rows = []
    for name, model in models.items():
        benign = cross_val_predict(model, tumours.data, tumours.target, cv=10, method="predict_proba")[:, 1]
        missed, found = confusion_matrix(tumours.target, benign > 0.5)[0][::-1]
        rows.append({"model": name, "auc": roc_auc_score(tumours.target, benign), "malign_found": found, "malign_missed": missed})
    forest = models["random forest"].fit(tumours.data, tumours.target)
    weights = pd.Series(forest.feature_importances_, tumours.feature_names, name="importance")
    return pd.DataFrame(rows), weights.sort_values(ascending=False)


def progress():
    """What a lasso keeps of ten measures to foretell diabetes a year on."""
    patients = load_diabetes(as_frame=True)
    train_x, test_x, train_y, test_y = train_test_split(patients.data, patients.target, test_size=0.25, random_state=SEED)
    lasso = LassoCV(cv=10, random_state=SEED).fit(train_x, train_y)
    kept = pd.Series(lasso.coef_, patients.feature_names, name="coefficient")
    return kept[kept != 0], r2_score(test_y, lasso.predict(test_x)), len(kept)


def main():
    OUT.mkdir(exist_ok=True)
    models, weights = diagnose()
    kept, r2, measures = progress()

    models.to_csv(OUT / "models.csv", index=False, float_format="%.10g")
    weights.to_csv(OUT / "tumour_measures.csv", index_label="measure", float_format="%.10g")
    kept.to_csv(OUT / "diabetes_measures.csv", index_label="measure", float_format="%.10g")
    metrics = {"auc_" + m.model.replace(" ", "_"): round(float(m.auc), 10) for m in models.itertuples()}
    metrics["diabetes_r2"] = round(float(r2), 10)
    (OUT / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")

    print(f"Python {platform.python_version()}, NumPy {np.__version__}, pandas {pd.__version__}, scikit-learn {sklearn.__version__}")
    print(models.to_string(index=False, float_format="%.4f"))
    print(f"What tells most: {', '.join(weights.index[:3])}")
    print(f"Diabetes: {len(kept)} of {measures} measures explain {r2:.0%} of a patient's progress")


if __name__ == "__main__":
    main()
