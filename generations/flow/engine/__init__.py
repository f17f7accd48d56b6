"""What turns the verbs: the pump that chooses, the tasks that django-q2 may call, and the pace."""
