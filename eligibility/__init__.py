"""The domain and its vocabulary: facts, programs, judging, findings, verdicts."""
