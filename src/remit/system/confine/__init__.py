"""Confinement: what the kernel holds a program to, whatever the program is talked into."""
