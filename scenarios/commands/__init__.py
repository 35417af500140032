"""The commands of ip-foresight, one file each."""
