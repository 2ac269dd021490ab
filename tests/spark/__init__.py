"""The indicators on Spark. Not part of `make test`: it needs PySpark and a Java of the system. `make spark` runs it."""
