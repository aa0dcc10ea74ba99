package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// ruleFlags are the rules of a comparison as a command takes them.
type ruleFlags struct {
	asked      api.CompareRules
	rtol, atol float64
}

// add gives a command the flags.
func (f *ruleFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Float64Var(&f.rtol, "rtol", 0, "numbers may differ by this much, relative to the second run's")
	flags.Float64Var(&f.atol, "atol", 0, "numbers may differ by this much")
	flags.StringArrayVar(&f.asked.Keys, "key", nil, "a column that tells which rows of tables belong together (may be repeated)")
	flags.StringArrayVar(&f.asked.Results, "result", nil, "a pattern of result files that count, as out/*.csv (may be repeated)")
	flags.StringArrayVar(&f.asked.Ignore, "ignore", nil, "a pattern of result files that do not count (may be repeated)")
	flags.StringVar(&f.asked.Stdout, "stdout", "", "what of standard output counts: rules (all but times and the like), exact, or ignore")
	_ = cmd.RegisterFlagCompletionFunc("stdout", cobra.FixedCompletions([]string{"rules", "exact", "ignore"}, cobra.ShellCompDirectiveNoFileComp))
}

// rules are what was asked for. Rules that cannot be followed are refused: a query drops what is
// empty, so that the server would not see all of it.
func (f *ruleFlags) rules(cmd *cobra.Command) (api.CompareRules, error) {
	if cmd.Flags().Changed("rtol") {
		f.asked.RTol = &f.rtol
	}
	if cmd.Flags().Changed("atol") {
		f.asked.ATol = &f.atol
	}
	if slices.Contains(f.asked.Keys, "") {
		return f.asked, petri.Errorf(petri.Invalid, "a key column has a name: write --key id")
	}
	return f.asked, petri.Rules{
		Tolerance: petri.Tolerance{RTol: f.rtol, ATol: f.atol}, Keys: f.asked.Keys, Results: f.asked.Results, Ignore: f.asked.Ignore, Stdout: f.asked.Stdout,
	}.Check()
}
