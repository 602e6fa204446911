"""How a network learns.

torch's threads wait for each other at the end of every operation. By default they wait by spinning, which on a machine
where anything else runs (the window, a browser) takes the processor from the very thread that is waited for: measured
on two cores beside one busy program, training was 2 to 3 times as fast with waiting threads put to sleep. The policy is
read once, when torch is loaded, so it is set before anything in here can load it; a user's own setting is kept.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
