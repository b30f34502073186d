"""``python -m crmbook`` (on Windows ``py -m crmbook``): the command line without its script."""

from crmbook.cli import main

main()
