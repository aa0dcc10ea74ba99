package api

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/petri-dev/petri"
)

func (c CompareRules) query(a, b petri.RunRef) url.Values {
	q := url.Values{"a": {reference(a)}, "b": {reference(b)}}
	for name, value := range map[string]*float64{"rtol": c.RTol, "atol": c.ATol} {
		if value != nil {
			q.Set(name, strconv.FormatFloat(*value, 'g', -1, 64))
		}
	}
	for name, values := range map[string][]string{"key": c.Keys, "result": c.Results, "ignore": c.Ignore} {
		if len(values) > 0 {
			q[name] = values
		}
	}
	if c.Stdout != "" {
		q.Set("stdout", c.Stdout)
	}
	return q
}

// Compare compares two runs. Kind conflict where one has no results yet.
func (c *Client) Compare(ctx context.Context, a, b petri.RunRef, how CompareRules) (Comparison, error) {
	return get[Comparison](ctx, c, "/compare", how.query(a, b))
}

// ComparePicture is a picture, as PNG, of how a result file that is one differs between two runs.
// Kind: invalid where none can be drawn.
func (c *Client) ComparePicture(ctx context.Context, a, b petri.RunRef, path string) ([]byte, error) {
	q := CompareRules{}.query(a, b)
	q.Set("path", path)
	drawn, err := c.bytes(ctx, "/compare/picture?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("draw how %s differs: %w", path, err)
	}
	return drawn, nil
}
