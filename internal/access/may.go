package access

import "github.com/petri-dev/petri"

// CanSee tells whether c may know of and use a thing of that owner and visibility. What one
// may not see is to be answered exactly as if it did not exist. Lists filter in the store by
// the same rule.
func CanSee(c Caller, owner string, v petri.Visibility) bool {
	switch {
	case c.User.Name == "":
		return false
	case c.User.Admin, c.User.Name == owner:
		return true
	default:
		return v == petri.Everyone // there are no teams yet, so team means private
	}
}

// CanEdit tells whether c may change a thing of that owner.
func CanEdit(c Caller, owner string) bool {
	return c.User.Name != "" && (c.User.Admin || c.User.Name == owner)
}

// MayEdit is nil where CanEdit, else an error of kind denied that names the thing. Ask CanSee
// first.
func MayEdit(c Caller, owner, thing string) error {
	if CanEdit(c, owner) {
		return nil
	}
	return petri.Errorf(petri.Denied, "only %s, who owns %s, or an administrator may change it", owner, thing)
}

// MayOwn is nil where c may make things that belong to owner, else of kind denied.
func MayOwn(c Caller, owner string) error {
	if CanEdit(c, owner) {
		return nil
	}
	return petri.Errorf(petri.Denied, "%s cannot make things in the name of %s; leave the owner out, or use your own name", c.User.Name, owner)
}
