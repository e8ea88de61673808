"""Files in which people keep what happened: logs, exports, traces; read exactly, or refused."""
