package table

import "context"

// keys are the places of the key columns of the rules, if both tables have them all.
func (t *texts) keys() ([]int, bool) { return nil, false }

func (t *texts) byKey(ctx context.Context, keys []int) error { return nil }

func (t *texts) aligned(ctx context.Context) (bool, error) { return false, nil }
