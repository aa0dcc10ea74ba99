package witness

// RunFacts is runFacts, for tests.
var RunFacts = runFacts
