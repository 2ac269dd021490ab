"""Makes what a service needs in a stack that runs, as `parley up` does, and prints how it is started.

`python bring_up.py HOME SERVICE PORT`, with the tree whose service it is in PYTHONPATH.
"""

import asyncio
import json
import sys
from dataclasses import replace

from deploy.stack.boot import provision_topics
from deploy.stack.databases import migrate, provision_databases
from deploy.stack.home import Home, load_stack
from deploy.stack.services import SERVICES

home, service, port = Home(sys.argv[1]), sys.argv[2], int(sys.argv[3])
stack = load_stack(home)
stack = replace(stack, ports={**stack.ports, service: port})
asyncio.run(provision_databases(stack))
provision_topics(stack)
asyncio.run(migrate(stack, [service]))
started = {
    "module": dict(SERVICES)[service],
    "environment": stack.process_environment(service),
    "url": stack.http_url(service),
}
print(json.dumps(started))
