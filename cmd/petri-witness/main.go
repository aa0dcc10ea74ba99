// Command petri-witness stands as PID 1 in every run's container; see internal/witness.
package main

import (
	"os"

	"github.com/petri-dev/petri/internal/witness"
)

func main() { os.Exit(witness.Main()) }
