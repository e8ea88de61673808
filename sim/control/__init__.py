"""Control time: resource queues, replica lives, rollouts, autoscaling, the scenario's timeline."""
