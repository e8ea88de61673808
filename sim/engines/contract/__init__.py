"""What engines keep to: what they are asked, what they tell, and rules of the model they share."""
