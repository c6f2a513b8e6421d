"""What a scenario has found: one line for each comparison, the truth beside what conntrail says."""


class Checks:
    def __init__(self, scenario):
        self.scenario = scenario
        self.failed = 0

    def equal(self, what, truth, told):
        self._tell(truth == told, what, f"truth {truth}, conntrail {told}")

    def within(self, what, low, told, high):
        self._tell(low <= told <= high, what, f"truth {low}..{high}, conntrail {told}")

    def true(self, what, holds, detail=""):
        self._tell(bool(holds), what, detail)

    def _tell(self, good, what, detail):
        if not good:
            self.failed += 1
        print(f"{'ok    ' if good else 'FAILED'} {self.scenario}: {what}{': ' if detail else ''}{detail}", flush=True)
