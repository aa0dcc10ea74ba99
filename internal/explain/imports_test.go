package explain_test

import (
	"testing"

	"github.com/petri-dev/petri/internal/explain"
)

func TestImports(t *testing.T) {
	imports := explain.ImportsOf([]explain.Source{
		{Path: "main.R", Text: "library(survival)\nif (!require('data.table')) stop()\n# library(commented)\nx <- MASS::lda(y); stats:::f()\n"},
		{Path: "a.py", Text: "import numpy as np, pandas\nimport scipy.stats as st\nfrom sklearn.cluster import KMeans\n  import PIL.Image\nfrom . import mine\nimportant = 1\nx = 'import other'\n"},
		{Path: "b.ipynb", Text: "   \"source\": [\n    \"import seaborn as sns\\n\",\n    \"from typing_extensions import Self\"\n"},
	})
	for _, name := range []string{"survival", "data.table", "MASS", "stats"} {
		if !imports.Has("r", name) {
			t.Error("R's", name, "was not found")
		}
	}
	for _, name := range []string{"numpy", "pandas", "scipy", "scikit-learn", "Pillow", "seaborn", "typing-extensions"} {
		if !imports.Has("python", name) {
			t.Error("Python's", name, "was not found")
		}
	}
	if len(imports) != 4+9 { // sklearn and PIL by both names
		t.Error(imports)
	}
	if imports.Has("r", "commented") || imports.Has("python", "survival") || imports.Has("deb", "numpy") {
		t.Error(imports)
	}
}
