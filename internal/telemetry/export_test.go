package telemetry

// Database makes the tracer alone.
func (t *Telemetry) Database() (*Database, error) { return t.database() }
