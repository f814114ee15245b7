"""Zoho Accounts, Books v3 and Campaigns v1.1 on one origin, over HTTP and in process."""

from infra.zoho_sim.app import Simulator
from infra.zoho_sim.clock import SystemClock, VirtualClock
from infra.zoho_sim.seed import seed
from infra.zoho_sim.server import SimServer
from infra.zoho_sim.settings import Settings
from infra.zoho_sim.world import World

__all__ = ["Settings", "SimServer", "Simulator", "SystemClock", "VirtualClock", "World", "seed"]
