"""Command lines of mmhnet in a process of their own; the last argument is a JSON list of them.

Prints exit code, stdout and stderr of each. The test puts a copy of the package with its own table on the path.
"""

import io
import json
import resource
import sys
from contextlib import redirect_stderr, redirect_stdout

from mmhnet_cli.cli.app import main

limit_bytes, commands = int(sys.argv[1]), json.loads(sys.argv[2])
if limit_bytes:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
ran = []
for arguments in commands:
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = main(arguments)
    ran.append((code, out.getvalue(), err.getvalue()))
print(json.dumps({"ran": ran, "torch": "torch" in sys.modules}))
