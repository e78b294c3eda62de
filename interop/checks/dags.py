"""Runs the DAGs of deploy/airflow on a machine of a check's own. AIRFLOW is the Python that has Airflow."""

import json
import os
import re
import tempfile

from deployed import DEPLOY, ROOT


class Dags:
    file: str

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        home = tempfile.TemporaryDirectory(prefix="airflow-")
        cls.addClassCleanup(home.cleanup)
        cls.airflow = {"AIRFLOW_HOME": home.name, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        migrate = [os.environ["AIRFLOW"], "-m", "airflow", "db", "migrate"]
        cls.tool(cls("tool"), *migrate, env={**os.environ, **cls.airflow})

    def run_dag(self, **variables):
        """What run.py found. What is tried again is so once, and soon."""
        text = (DEPLOY / "airflow" / self.file).read_text()
        self.assertEqual(re.findall(r"retries=(\d+),\n +retry_delay=(.*),\n", text), [("4", "timedelta(minutes=10)")])
        soon = text.replace("retries=4", "retries=1").replace("timedelta(minutes=10)", "timedelta(seconds=1)")
        dags = self.machine.root / "dags"
        dags.mkdir(exist_ok=True)
        file, out = dags / self.file, self.machine.root / "dag.json"
        file.write_text(self.machine.there(soon))
        command = [os.environ["AIRFLOW"], ROOT / "interop/airflow/run.py", file, out]
        there = {"AIRFLOW__CORE__DAGS_FOLDER": str(dags), **self.airflow, **variables}
        code, said = self.machine.ends(list(map(str, command)), **there)
        self.assertEqual(code, 0, said[-4000:])
        return json.loads(out.read_text())

    def program(self, script):
        """Puts a shell script in the program's place."""
        program = self.machine.programs / "verify-rollup"
        program.unlink(missing_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
