package request

// StopAt has f asked after each step; an error of it stops the desk there, as a kill
// would.
func (d *Desk) StopAt(f func(step string) error) { d.fail = f }
