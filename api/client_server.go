package api

import "context"

// Instructions are Dockerfile instructions to be checked.
type Instructions struct {
	Instructions string `json:"instructions"`
}

// Server tells what the server is; it needs no token.
func (c *Client) Server(ctx context.Context) (ServerInfo, error) {
	return get[ServerInfo](ctx, c, "/server", nil)
}

// Whoami tells who the server takes the caller for.
func (c *Client) Whoami(ctx context.Context) (Identity, error) {
	return get[Identity](ctx, c, "/whoami", nil)
}

// Doctor has the server look at its engine, disk and clock.
func (c *Client) Doctor(ctx context.Context) ([]Check, error) {
	return get[[]Check](ctx, c, "/doctor", nil)
}
