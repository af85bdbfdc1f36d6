#!/nonexistent/interpreter
# Cannot be executed: the verdict is on the program, not on the check.
