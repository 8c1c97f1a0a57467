package rights

import (
	"encoding/json"
	"fmt"
	"io"
)

// JSON writes the copy for machines. Letters that mean something in HTML are
// escaped, so that a copy which ends up in a page stays text.
func (c Copy) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(c); err != nil {
		return fmt.Errorf("write a copy: %w", err)
	}
	return nil
}
