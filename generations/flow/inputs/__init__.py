"""What a request stands on: prompts, pictures, clips, characters and voices, brought to the account."""
